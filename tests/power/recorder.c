// SPDX-License-Identifier: Apache-2.0
/* Stands between a process and its C library (LD_PRELOAD): writes down every change of the files below one folder,
 * in the order in which it happened, and can make such changes fail on request.
 *
 * HBM_POWER_WATCH   the folder; absolute, no link on the way
 * HBM_POWER_LOG     the file that takes the records; nothing is written down without it
 * HBM_POWER_SAID    the number of a file descriptor: what is written there is written down as an acknowledgement
 *
 * A record is: one byte of kind, then five little-endian 64-bit numbers (inode, position, size, bytes of the first
 * text, bytes of the second text), then both texts. tests/power/recording.py reads it and lists the kinds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 4096

enum mode { OFF = 0, ONCE = 1, FROM = 2, EVERY = 3 };

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static char watched[MOST_FILES];
static char folder[PATH_MAX];
static size_t folder_length;
static int log_file = -1;
static int said = -1;

static int fail_mode, fail_nth, fail_errno, fail_halves;
static long counted, failed;

__attribute__((constructor)) static void begin(void) {
    const char *watch = getenv("HBM_POWER_WATCH"), *log = getenv("HBM_POWER_LOG"), *voice = getenv("HBM_POWER_SAID");
    if (!watch || strlen(watch) >= sizeof folder) return;
    strcpy(folder, watch);
    folder_length = strlen(folder);
    if (log) log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (voice) said = atoi(voice);
}

/* For the process itself, through ctypes. nth counts from the next change on; errno 5 is EIO, 28 is ENOSPC.
 * halves: a failing write first takes half of its bytes, as a disk that has just become full does. */
void hbm_power_fail(int mode, int nth, int error, int halves) {
    pthread_mutex_lock(&one_at_a_time);
    fail_mode = mode, fail_nth = nth, fail_errno = error, fail_halves = halves, counted = 0, failed = 0;
    pthread_mutex_unlock(&one_at_a_time);
}

long hbm_power_counted(void) { return counted; }
long hbm_power_failed(void) { return failed; }

static int fails(void) {
    if (fail_mode == OFF) return 0;
    counted++;
    int now = fail_mode == ONCE ? counted == fail_nth
            : fail_mode == FROM ? counted >= fail_nth
                                : counted % fail_nth == 0;
    if (now) failed++, errno = fail_errno;
    return now;
}

static void put(char kind, uint64_t inode, uint64_t at, uint64_t size, const void *a, size_t na, const void *b, size_t nb) {
    if (log_file < 0) return;
    int kept = errno;
    uint64_t numbers[5] = {inode, at, size, na, nb};
    struct iovec parts[4] = {{&kind, 1}, {numbers, sizeof numbers}, {(void *)a, na}, {(void *)b, nb}};
    ssize_t whole = (ssize_t)(1 + sizeof numbers + na + nb);
    if (syscall(SYS_writev, log_file, parts, 4) != whole) abort(); /* a record with a gap proves nothing */
    errno = kept;
}

static int of(int file, struct stat *about) {
    return file >= 0 && file < MOST_FILES && watched[file] && fstat(file, about) == 0;
}

/* The absolute path of what a call names. */
static const char *absolute(int where, const char *path, char *into) {
    char base[PATH_MAX] = "";
    if (path[0] == '/') return strncpy(into, path, PATH_MAX - 1);
    if (where == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return strcpy(into, "");
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", where);
        ssize_t length = readlink(link, base, sizeof base - 1);
        base[length < 0 ? 0 : length] = 0;
    }
    if (snprintf(into, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) abort();
    return into;
}

static int below(const char *path) {
    return folder_length && strncmp(path, folder, folder_length) == 0 && path[folder_length] == '/';
}

static int in_or_below(const char *path) { return below(path) || (folder_length && strcmp(path, folder) == 0); }

static int opened(int where, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX] = "";
    struct stat about;
    absolute(where, path, whole);
    if (!in_or_below(whole)) {
        int file = (int)syscall(SYS_openat, where, path, flags, mode);
        if (file >= 0 && file < MOST_FILES) watched[file] = 0;
        return file;
    }
    pthread_mutex_lock(&one_at_a_time);
    int there = lstat(whole, &about) == 0;
    int creates = (flags & O_CREAT) && !there, empties = (flags & O_TRUNC) && there && about.st_size > 0;
    int file = (creates || empties) && fails() ? -1 : (int)syscall(SYS_openat, where, path, flags, mode);
    if (file >= MOST_FILES) abort();
    if (file >= 0) {
        watched[file] = 1;
        if (fstat(file, &about) == 0) {
            if (creates) put('C', about.st_ino, 0, 0, whole, strlen(whole), "", 0);
            if (empties) put('T', about.st_ino, 0, 0, "", 0, "", 0);
        }
    }
    pthread_mutex_unlock(&one_at_a_time);
    return file;
}

#define WITH_MODE(flags, mode)                                      \
    mode_t mode = 0;                                                \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                        \
        va_list rest;                                               \
        va_start(rest, flags);                                      \
        mode = va_arg(rest, mode_t);                                \
        va_end(rest);                                               \
    }

int open(const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int openat(int where, const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(where, path, flags, mode); }
int openat64(int where, const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(where, path, flags, mode); }

int close(int file) {
    if (file >= 0 && file < MOST_FILES) watched[file] = 0;
    return (int)syscall(SYS_close, file);
}

/* write and pwrite; at < 0 means: where the file stands. */
static ssize_t written(int file, const void *data, size_t size, off_t at) {
    struct stat about;
    pthread_mutex_lock(&one_at_a_time);
    ssize_t done;
    if (file == said) {
        done = syscall(SYS_write, file, data, size);
        if (done > 0) put('A', 0, 0, 0, data, (size_t)done, "", 0);
    } else if (!of(file, &about)) {
        pthread_mutex_unlock(&one_at_a_time); /* a pipe may block: the others go on */
        return at < 0 ? syscall(SYS_write, file, data, size) : syscall(SYS_pwrite64, file, data, size, at);
    } else {
        off_t place = at;
        if (at < 0) place = (fcntl(file, F_GETFL) & O_APPEND) ? about.st_size : lseek(file, 0, SEEK_CUR);
        done = -1;
        if (fails()) {
            if (fail_halves && size > 1) {
                done = at < 0 ? syscall(SYS_write, file, data, size / 2) : syscall(SYS_pwrite64, file, data, size / 2, at);
                fail_halves = 0;
            }
        } else {
            done = at < 0 ? syscall(SYS_write, file, data, size) : syscall(SYS_pwrite64, file, data, size, at);
        }
        if (done > 0) put('W', about.st_ino, (uint64_t)place, (uint64_t)done, data, (size_t)done, "", 0);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

ssize_t write(int file, const void *data, size_t size) { return written(file, data, size, -1); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) { return written(file, data, size, at); }
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { return written(file, data, size, at); }

static int changed(int file, char kind, off_t size, int (*act)(int, off_t)) {
    struct stat about;
    pthread_mutex_lock(&one_at_a_time);
    int ours = of(file, &about);
    int result = ours && fails() ? -1 : act(file, size);
    if (ours && result == 0) put(kind, about.st_ino, (uint64_t)size, 0, "", 0, "", 0);
    pthread_mutex_unlock(&one_at_a_time);
    return result;
}

static int cut(int file, off_t size) { return (int)syscall(SYS_ftruncate, file, size); }
static int synced(int file, off_t nothing) { (void)nothing; return (int)syscall(SYS_fsync, file); }

int ftruncate(int file, off_t size) { return changed(file, 'T', size, cut); }
int ftruncate64(int file, off64_t size) { return changed(file, 'T', size, cut); }
int fsync(int file) { return changed(file, 'S', 0, synced); }
int fdatasync(int file) { return changed(file, 'S', 0, synced); }

static int renamed(int from, const char *old, int to, const char *new, unsigned flags) {
    char a[PATH_MAX] = "", b[PATH_MAX] = "";
    absolute(from, old, a), absolute(to, new, b);
    pthread_mutex_lock(&one_at_a_time);
    int ours = below(a) || below(b);
    int result = ours && fails() ? -1 : (int)syscall(SYS_renameat2, from, old, to, new, flags);
    if (ours && result == 0) put('R', 0, 0, 0, a, strlen(a), b, strlen(b));
    pthread_mutex_unlock(&one_at_a_time);
    return result;
}

int rename(const char *old, const char *new) { return renamed(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int from, const char *old, int to, const char *new) { return renamed(from, old, to, new, 0); }
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) { return renamed(from, old, to, new, flags); }

static int removed(int where, const char *path, int flags) {
    char whole[PATH_MAX] = "";
    absolute(where, path, whole);
    pthread_mutex_lock(&one_at_a_time);
    int result = (int)syscall(SYS_unlinkat, where, path, flags);
    if (below(whole) && result == 0) put('U', 0, 0, 0, whole, strlen(whole), "", 0);
    pthread_mutex_unlock(&one_at_a_time);
    return result;
}

int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int where, const char *path, int flags) { return removed(where, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

static int folder_made(int where, const char *path, mode_t mode) {
    char whole[PATH_MAX] = "";
    struct stat about;
    absolute(where, path, whole);
    pthread_mutex_lock(&one_at_a_time);
    int result = below(whole) && fails() ? -1 : (int)syscall(SYS_mkdirat, where, path, mode);
    if (below(whole) && result == 0 && lstat(whole, &about) == 0) put('K', about.st_ino, 0, 0, whole, strlen(whole), "", 0);
    pthread_mutex_unlock(&one_at_a_time);
    return result;
}

int mkdir(const char *path, mode_t mode) { return folder_made(AT_FDCWD, path, mode); }
int mkdirat(int where, const char *path, mode_t mode) { return folder_made(where, path, mode); }

static void *mapped(void *at, size_t size, int prot, int flags, int file, off_t from) {
    struct stat about;
    void *result = (void *)syscall(SYS_mmap, at, size, prot, flags, file, from);
    if (result != MAP_FAILED && (prot & PROT_WRITE) && (flags & MAP_SHARED) && !(flags & MAP_ANONYMOUS) && of(file, &about)) {
        pthread_mutex_lock(&one_at_a_time);
        put('M', about.st_ino, (uint64_t)from, size, "", 0, "", 0);
        pthread_mutex_unlock(&one_at_a_time);
    }
    return result;
}

void *mmap(void *at, size_t size, int prot, int flags, int file, off_t from) { return mapped(at, size, prot, flags, file, from); }
void *mmap64(void *at, size_t size, int prot, int flags, int file, off64_t from) { return mapped(at, size, prot, flags, file, from); }

/* Ways to change a file that nothing here expects: better no recording than one with a gap. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define NEVER(declaration, file)                  \
    declaration {                                 \
        struct stat about;                        \
        if (of(file, &about)) abort();            \
        errno = ENOSYS;                           \
        return -1;                                \
    }
NEVER(ssize_t copy_file_range(int a, off64_t *b, int file, off64_t *c, size_t d, unsigned e), file)
NEVER(ssize_t sendfile(int file, int a, off_t *b, size_t c), file)
NEVER(ssize_t sendfile64(int file, int a, off64_t *b, size_t c), file)
NEVER(ssize_t pwritev(int file, const struct iovec *a, int b, off_t c), file)
NEVER(int posix_fallocate(int file, off_t a, off_t b), file)
NEVER(int posix_fallocate64(int file, off64_t a, off64_t b), file)
