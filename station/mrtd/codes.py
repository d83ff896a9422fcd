# SPDX-License-Identifier: Apache-2.0
"""The codes of States, organizations and statuses that an MRZ may carry (Doc 9303-3, section 5).

A code that is not listed here is reported, never refused: lists change faster than installed programs.
Names of countries are not kept here; the face asks its own language data by the two-letter code.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class CodeKind(Enum):
    """What sort of thing a three-letter code stands for."""

    STATE = "state"  # State or territory: ISO 3166-1, and D and RKS, which Doc 9303 adds
    FORMER_STATE = "former_state"  # withdrawn from ISO 3166-1; still met on old documents and as place of birth
    BRITISH_STATUS = "british_status"  # a British nationality that is not British citizenship
    ORGANIZATION = "organization"  # issues documents; its code is no nationality, except for United Nations officials
    NO_NATIONALITY = "no_nationality"  # stateless, refugee, unspecified
    SPECIMEN = "specimen"  # Utopia: no real document carries it
    UNKNOWN = "unknown"  # none of these


# ISO 3166-1, alpha-3 and alpha-2 written together.
_ISO_3166_1: Final = """
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT
    AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO
    BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG
    COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO
    DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB
    GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY
    HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT
    JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY
    LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH
    MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA
    NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE
    PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA
    SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR
    SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO
    TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG
    VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW
"""

# Doc 9303-3, 5.A: in use for Kosovo although not in ISO 3166-1. CLDR and most software say XK.
_ADDED_STATES: Final = {"D": "DE", "RKS": "XK"}

# Doc 9303-3, 5.F, and entries of ISO 3166-3 that documents still in people's hands may show.
_FORMER: Final = {
    "ANT": "AN",  # Netherlands Antilles
    "NTZ": "NT",  # Neutral Zone
    "BUR": "BU",  # Burma
    "CSK": "CS",  # Czechoslovakia
    "DDR": "DD",  # German Democratic Republic
    "ROM": "RO",  # Romania, until 2002
    "SCG": "CS",  # Serbia and Montenegro
    "SUN": "SU",  # USSR
    "TMP": "TP",  # East Timor
    "YMD": "YD",  # Democratic Yemen
    "YUG": "YU",  # Yugoslavia
    "ZAR": "ZR",  # Zaire
}

_BRITISH: Final = frozenset({"GBD", "GBN", "GBO", "GBP", "GBS"})  # Doc 9303-3, 5.A
_UNITED_NATIONS: Final = frozenset({"UNO", "UNA", "UNK"})  # Doc 9303-3, 5.C
_ORGANIZATIONS: Final = _UNITED_NATIONS | {
    "EUE",  # European Union
    "XBA",  # African Development Bank
    "XCC",  # CARICOM
    "XCE",  # Council of Europe
    "XCO",  # COMESA
    "XDC",  # SADC
    "XEC",  # ECOWAS
    "XES",  # OECS
    "XIM",  # AFREXIM bank
    "XMP",  # Parliamentary Assembly of the Mediterranean
    "XOM",  # Sovereign Military Order of Malta
    "XPO",  # INTERPOL
}  # Doc 9303-3, 5.B to 5.D
_NO_NATIONALITY: Final = frozenset({"XXA", "XXB", "XXC", "XXX"})  # Doc 9303-3, 5.E
_SPECIMEN: Final = "UTO"  # Doc 9303-3, 5.G

_ALPHA_2: Final = (
    {pair[:3]: pair[3:] for pair in _ISO_3166_1.split()}
    | _ADDED_STATES
    | _FORMER
    | dict.fromkeys(_BRITISH, "GB")
    | {"EUE": "EU", "UNO": "UN", "UNA": "UN"}
)

_KINDS: Final[dict[str, CodeKind]] = (
    dict.fromkeys(_ALPHA_2, CodeKind.STATE)
    | dict.fromkeys(_FORMER, CodeKind.FORMER_STATE)
    | dict.fromkeys(_BRITISH, CodeKind.BRITISH_STATUS)
    | dict.fromkeys(_ORGANIZATIONS, CodeKind.ORGANIZATION)
    | dict.fromkeys(_NO_NATIONALITY, CodeKind.NO_NATIONALITY)
    | {_SPECIMEN: CodeKind.SPECIMEN}
)

# Passports of British overseas territories name GBD as their issuer; the other statuses are issued by GBR.
_ISSUERS: Final = frozenset(
    code
    for code, kind in _KINDS.items()
    if kind not in (CodeKind.BRITISH_STATUS, CodeKind.NO_NATIONALITY) or code == "GBD"
)
# Doc 9303-4, note f: a laissez-passer shows the code of the United Nations in place of a nationality.
_NATIONALITIES: Final = frozenset(
    code for code, kind in _KINDS.items() if kind is not CodeKind.ORGANIZATION or code in _UNITED_NATIONS
)


def code_kind(code: str) -> CodeKind:
    """What `code` stands for. Takes it with or without its fillers (``D`` or ``D<<``)."""
    return _KINDS.get(code.rstrip("<"), CodeKind.UNKNOWN)


def is_known_issuer(code: str) -> bool:
    """Whether `code` names a State or organization that issues travel documents, Utopia included."""
    return code.rstrip("<") in _ISSUERS


def is_known_nationality(code: str) -> bool:
    """Whether `code` can stand in the nationality field, Utopia and the codes for no nationality included."""
    return code.rstrip("<") in _NATIONALITIES


def alpha_2(code: str) -> str | None:
    """The two-letter code under which language data knows the name; ``None`` where there is none."""
    return _ALPHA_2.get(code.rstrip("<"))


def alpha_3(code: str) -> str:
    """The ISO 3166-1 form for comparing and counting: ``DEU`` for Germany's ``D``, others as they are."""
    bare = code.rstrip("<")
    return "DEU" if bare == "D" else bare


def known_codes(kind: CodeKind) -> frozenset[str]:
    """All codes of one kind, without fillers."""
    return frozenset(code for code, its_kind in _KINDS.items() if its_kind is kind)
