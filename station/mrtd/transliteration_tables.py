# SPDX-License-Identifier: Apache-2.0
"""The tables of Doc 9303-3, section 6: national characters and the MRZ letters that stand for them.

Capital letters only; callers fold case first. What the standard leaves open (which of two forms a State
prefers, which language a Cyrillic name is written in) is data here and a choice of the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class CyrillicLanguage(Enum):
    """Languages for which section 6.B names exceptions."""

    GENERAL = "general"  # no exception: Russian, and wherever the language is not known
    BELARUSIAN = "be"  # exceptions for IO and GHE
    BULGARIAN = "bg"  # exception for SHCHA
    MACEDONIAN = "mk"  # exceptions for KJE, DZHE, HA, TSE, GJE
    SERBIAN = "sr"  # exceptions for GHE, ZHE, HA, TSE, CHE, SHA
    UKRAINIAN = "uk"  # exceptions for GHE, I, and for five letters at the start of a name


class LatinStyle(Enum):
    """Which form a State prefers where section 6.A offers several."""

    EXPANDED = "expanded"  # the first form offered: AE, AA, N, OE, UE
    PLAIN = "plain"  # the bare letter: A, A, N, O, U
    MARKED = "marked"  # the form that can be told from the bare letter: AE, AA, NXX, OE, UXX


# 6.A, where one form is recommended; keyed by that form.
_LATIN_BY_FORM: Mapping[str, str] = {
    "A": "ÀÁÂÃĀĂĄ",
    "AE": "Æ",
    "C": "ÇĆĈĊČ",
    "E": "ÈÉÊËĒĔĖĘĚ",
    "I": "ÌÍÎÏĨĪĬĮİı",
    "D": "ÐĎĐ",
    "O": "ÒÓÔÕŌŎŐ",
    "OE": "ØŒ",
    "U": "ÙÚÛŨŪŬŮŰŲ",
    "Y": "ÝŶŸ",
    "TH": "Þ",
    "G": "ĜĞĠĢ",
    "H": "ĤĦ",
    "IJ": "Ĳ",
    "J": "Ĵ",
    "K": "Ķ",
    "L": "ĹĻĽĿŁ",
    "N": "ŃŅŇŊ",
    "R": "ŔŖŘ",
    "S": "ŚŜŞŠ",
    "T": "ŢŤŦ",
    "W": "Ŵ",
    "Z": "ŹŻŽ",
    "SS": "ẞ",
}

LATIN: Mapping[str, str] = {letter: form for form, letters in _LATIN_BY_FORM.items() for letter in letters}

# 6.A, where several forms are recommended: expanded, plain, marked.
LATIN_CHOICES: Mapping[LatinStyle, Mapping[str, str]] = {
    LatinStyle.EXPANDED: {"Ä": "AE", "Å": "AA", "Ñ": "N", "Ö": "OE", "Ü": "UE"},
    LatinStyle.PLAIN: {"Ä": "A", "Å": "A", "Ñ": "N", "Ö": "O", "Ü": "U"},
    LatinStyle.MARKED: {"Ä": "AE", "Å": "AA", "Ñ": "NXX", "Ö": "OE", "Ü": "UXX"},
}

# 6.B, the general column. The last two lines are ours: the table prints GJE and TSHE under the code
# points of look-alike letters (0492, 04BA); the letters that are meant get the same forms.
CYRILLIC: Mapping[str, str] = {
    "Ё": "E",
    "Ђ": "D",
    "Є": "IE",
    "Ѕ": "DZ",
    "І": "I",
    "Ї": "I",
    "Ј": "J",
    "Љ": "LJ",
    "Њ": "NJ",
    "Ќ": "K",
    "Ў": "U",
    "Џ": "DZ",
    "А": "A",
    "Б": "B",
    "В": "V",
    "Г": "G",
    "Д": "D",
    "Е": "E",
    "Ж": "ZH",
    "З": "Z",
    "И": "I",
    "Й": "I",
    "К": "K",
    "Л": "L",
    "М": "M",
    "Н": "N",
    "О": "O",
    "П": "P",
    "Р": "R",
    "С": "S",
    "Т": "T",
    "У": "U",
    "Ф": "F",
    "Х": "KH",
    "Ц": "TS",
    "Ч": "CH",
    "Ш": "SH",
    "Щ": "SHCH",
    "Ъ": "IE",
    "Ы": "Y",
    "Э": "E",
    "Ю": "IU",
    "Я": "IA",
    "Ѫ": "U",
    "Ѵ": "Y",
    "Ґ": "G",
    "Ғ": "G",
    "Һ": "C",
    "Ѓ": "G",
    "Ћ": "C",
}

# 6.B, the exceptions.
CYRILLIC_EXCEPTIONS: Mapping[CyrillicLanguage, Mapping[str, str]] = {
    CyrillicLanguage.GENERAL: {},
    CyrillicLanguage.BELARUSIAN: {"Ё": "IO", "Г": "H"},
    CyrillicLanguage.BULGARIAN: {"Щ": "SHT"},
    CyrillicLanguage.MACEDONIAN: {
        "Ќ": "KJ",
        "Џ": "DJ",
        "Х": "H",
        "Ц": "C",
        "Ғ": "GJ",
        "Ѓ": "GJ",
    },
    CyrillicLanguage.SERBIAN: {"Г": "H", "Ж": "Z", "Х": "H", "Ц": "C", "Ч": "C", "Ш": "S"},
    CyrillicLanguage.UKRAINIAN: {"Г": "H", "И": "Y"},
}

# 6.B, letters that Ukrainian writes otherwise at the start of a name component.
UKRAINIAN_INITIALS: Mapping[str, str] = {"Є": "YE", "Ї": "YI", "Й": "Y", "Ю": "YU", "Я": "YA"}

# 6.C, by code point, since many of these letters share a shape. The last line is from Appendix B.5.4.
ARABIC: Mapping[str, str] = {
    "\u0621": "XE",
    "\u0622": "XAA",
    "\u0623": "XAE",
    "\u0624": "U",
    "\u0625": "I",
    "\u0626": "XI",
    "\u0627": "A",
    "\u0628": "B",
    "\u062a": "T",
    "\u062b": "XTH",
    "\u062c": "J",
    "\u062d": "XH",
    "\u062e": "XKH",
    "\u062f": "D",
    "\u0630": "XDH",
    "\u0631": "R",
    "\u0632": "Z",
    "\u0633": "S",
    "\u0634": "XSH",
    "\u0635": "XSS",
    "\u0636": "XDZ",
    "\u0637": "XTT",
    "\u0638": "XZZ",
    "\u0639": "E",
    "\u063a": "G",
    "\u0641": "F",
    "\u0642": "Q",
    "\u0643": "K",
    "\u0644": "L",
    "\u0645": "M",
    "\u0646": "N",
    "\u0647": "H",
    "\u0648": "W",
    "\u0649": "XAY",
    "\u064a": "Y",
    "\u0671": "XXA",
    "\u0679": "XXT",
    "\u067c": "XRT",
    "\u067e": "P",
    "\u0681": "XKE",
    "\u0685": "XXH",
    "\u0686": "XC",
    "\u0688": "XXD",
    "\u0689": "XDR",
    "\u0691": "XXR",
    "\u0693": "XRR",
    "\u0696": "XRX",
    "\u0698": "XJ",
    "\u069a": "XXS",
    "\u06a9": "XKK",
    "\u06ab": "XXK",
    "\u06ad": "XNG",
    "\u06af": "XGG",
    "\u06ba": "XNN",
    "\u06bc": "XXN",
    "\u06be": "XDO",
    "\u06c0": "XYH",
    "\u06c1": "XXG",
    "\u06c2": "XGE",
    "\u06c3": "XTG",
    "\u06cc": "XYA",
    "\u06cd": "XXY",
    "\u06d0": "Y",
    "\u06d2": "XYB",
    "\u06d3": "XBE",
    "\u06a4": "V",
    "\u06a5": "XF",
}

TEH_MARBUTA = "\u0629"  # 6.C, note 2: XAH at the end of a name component, XTA elsewhere
SHADDA = "\u0651"  # 6.C, note 3: doubles the letter it stands on

# 6.C, "not encoded": tatweel, short vowels, sukun and superscript alef. Four obsolete letters of the table (069C,
# 06A2, 06A7, 06A8) are not encoded either; being letters they are left out here, so that their loss is reported.
NOT_ENCODED = frozenset("\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0652\u0670")
