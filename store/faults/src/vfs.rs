//! SQLite's file system: the real one, with a [`Disk`](crate::Disk) asked before each change.
#![expect(unsafe_code, reason = "an interface of C")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::transmute;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::{Arc, OnceLock};

use rusqlite::ffi::{
    SQLITE_CANTOPEN, SQLITE_ERROR, SQLITE_IOERR_WRITE, SQLITE_OK, sqlite3_file, sqlite3_int64,
    sqlite3_io_methods, sqlite3_syscall_ptr, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

use crate::disk::{self, Inside};

/// What SQLite holds of a file on a disk of ours. The real file follows it in memory.
#[repr(C)]
struct Ours {
    base: sqlite3_file,
    watched: *mut Watched,
}

struct Watched {
    disk: Arc<Inside>,
    file: usize,
}

/// What was there before us.
struct Real {
    vfs: *mut sqlite3_vfs,
    open_directory: OpenDirectory,
}

type OpenDirectory = unsafe extern "C" fn(*const c_char, *mut c_int) -> c_int;

// SAFETY: SQLite's own file system lives as long as the process, is not changed after its registration, and may be called by any thread.
unsafe impl Send for Real {}
// SAFETY: as above.
unsafe impl Sync for Real {}

static REAL: OnceLock<Real> = OnceLock::new();

/// Makes ours the default file system of this process, once.
pub(crate) fn install() {
    REAL.get_or_init(|| {
        // SAFETY: SQLite initialises itself first; null asks for the default file system, which is never null and stays.
        let vfs = unsafe { sqlite3_vfs_find(std::ptr::null()) };
        // SAFETY: `vfs` points to a file system as above, which is copied but for what is ours. What is registered is never freed.
        unsafe {
            let length = c_int::try_from(size_of::<Ours>()).unwrap_or(c_int::MAX);
            let ours = Box::new(sqlite3_vfs {
                szOsFile: length + (*vfs).szOsFile,
                pNext: null_mut(),
                zName: c"bitjang-faults".as_ptr(),
                xOpen: Some(open),
                xDelete: Some(delete),
                ..*vfs
            });
            sqlite3_vfs_register(Box::leak(ours), 1);
        }
        // SAFETY: of the system calls that SQLite lets others replace, this one is known by that name and has that shape.
        let open_directory = unsafe { replace_open_directory(vfs) };
        Real { vfs, open_directory }
    });
}

/// Sees to it that we hear when a folder is about to be synced, which SQLite's file system does by itself.
unsafe fn replace_open_directory(vfs: *mut sqlite3_vfs) -> OpenDirectory {
    let name = c"openDirectory".as_ptr();
    // SAFETY: `vfs` is SQLite's own, which has both functions; what they hand over is an `OpenDirectory`, whose type is only veiled.
    unsafe {
        let (Some(asked), Some(set)) = ((*vfs).xGetSystemCall, (*vfs).xSetSystemCall) else {
            std::process::abort()
        };
        let real = asked(vfs, name);
        set(vfs, name, transmute::<OpenDirectory, sqlite3_syscall_ptr>(open_directory));
        transmute::<sqlite3_syscall_ptr, OpenDirectory>(real)
    }
}

/// Called by SQLite's file system between the sync of a new file, or a removal, and the sync of the folder.
unsafe extern "C" fn open_directory(path: *const c_char, out: *mut c_int) -> c_int {
    // SAFETY: whoever calls hands in what the real one takes.
    let (disk, opened) = unsafe { (disk_of(path), REAL.get().map(|real| (real.open_directory)(path, out))) };
    if let (Some((disk, _)), Some(SQLITE_OK)) = (disk, opened) {
        disk.sync_names();
    }
    opened.unwrap_or(SQLITE_ERROR)
}

/// The disk that `path`, null or ended by a null, is on.
unsafe fn disk_of<'p>(path: *const c_char) -> Option<(Arc<Inside>, &'p Path)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: as the caller says; SQLite keeps the path for as long as the call takes.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    disk::of(path).map(|disk| (disk, path))
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands in a path or null.
    let disk = unsafe { disk_of(path) };
    let Some(real) = REAL.get() else { return SQLITE_CANTOPEN };
    let Some((disk, at)) = disk else {
        // SAFETY: the arguments are SQLite's; there is more room at `file` than the real file needs.
        return unsafe {
            (*real.vfs).xOpen.map_or(SQLITE_CANTOPEN, |open| open(real.vfs, path, file, flags, out))
        };
    };
    // SAFETY: at `file` there is room for ours and then the real one, as the registration said. A file that was not opened has no methods, so it is not closed.
    unsafe {
        let behind = real_of(file);
        (*file).pMethods = std::ptr::null();
        let opened =
            (*real.vfs).xOpen.map_or(SQLITE_CANTOPEN, |open| open(real.vfs, path, behind, flags, out));
        if opened == SQLITE_OK {
            let file_number = disk.opened(at);
            let watched = Box::into_raw(Box::new(Watched { disk, file: file_number }));
            file.cast::<Ours>().write(Ours { base: sqlite3_file { pMethods: &raw const METHODS }, watched });
        }
        opened
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, path: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite hands in a path.
    if let Some((disk, at)) = unsafe { disk_of(path) }
        && at.exists()
        && let Err(code) = disk.delete(at)
    {
        return code;
    }
    let real = REAL.get().and_then(|real| {
        // SAFETY: the real file system is as it was registered.
        unsafe { (*real.vfs).xDelete }.map(|delete| (real.vfs, delete))
    });
    // SAFETY: the arguments are SQLite's.
    real.map_or(SQLITE_ERROR, |(vfs, delete)| unsafe { delete(vfs, path, sync_folder) })
}

/// The real file behind ours.
unsafe fn real_of(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: whoever calls has a `file` with that much memory; the size of ours is a multiple of any file's alignment, a pointer's.
    unsafe { file.cast::<Ours>().add(1).cast() }
}

unsafe fn watched<'f>(file: *mut sqlite3_file) -> &'f Watched {
    // SAFETY: whoever calls has a `file` that `open` has filled in and `close` has not been given.
    unsafe { &*(*file.cast::<Ours>()).watched }
}

/// Calls a method of the real file behind ours.
macro_rules! real {
    ($file:ident . $method:ident ( $($argument:expr),* )) => {{
        // SAFETY: SQLite calls a method of ours only between `open` and `close`, when the real file is open too and has methods. The arguments are SQLite's.
        unsafe {
            let real = real_of($file);
            (*(*real).pMethods).$method.map_or(SQLITE_ERROR, |method| method(real, $($argument),*))
        }
    }};
}

/// Methods that do what the real ones do.
macro_rules! passed_on {
    ($($name:ident = $method:ident ( $($argument:ident : $type:ty),* );)*) => {
        $(unsafe extern "C" fn $name(file: *mut sqlite3_file, $($argument: $type),*) -> c_int {
            real!(file.$method($($argument),*))
        })*
    };
}

passed_on! {
    read = xRead(bytes: *mut c_void, length: c_int, at: sqlite3_int64);
    length = xFileSize(length: *mut sqlite3_int64);
    lock = xLock(level: c_int);
    unlock = xUnlock(level: c_int);
    is_reserved = xCheckReservedLock(answer: *mut c_int);
    control = xFileControl(what: c_int, with: *mut c_void);
    sector = xSectorSize();
    characteristics = xDeviceCharacteristics();
    lock_shared = xShmLock(from: c_int, many: c_int, how: c_int);
    unshare = xShmUnmap(and_delete: c_int);
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Not 3: what a memory map writes would pass us by.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(length),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(share),
    xShmLock: Some(lock_shared),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unshare),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let closed = real!(file.xClose());
    // SAFETY: `open` has made the box, and nobody uses the file any more.
    drop(unsafe { Box::from_raw((*file.cast::<Ours>()).watched) });
    closed
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    let (Ok(size), Ok(offset)) = (usize::try_from(length), usize::try_from(at)) else {
        return SQLITE_IOERR_WRITE;
    };
    // SAFETY: the file is open; SQLite hands in so many bytes.
    let (watched, written) = unsafe { (watched(file), std::slice::from_raw_parts(bytes.cast::<u8>(), size)) };
    match watched.disk.write(watched.file, offset, written) {
        Ok(()) => real!(file.xWrite(bytes, length, at)),
        Err(code) => code,
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    let watched = unsafe { watched(file) };
    match watched.disk.set_length(watched.file, usize::try_from(length).unwrap_or(0)) {
        Ok(()) => real!(file.xTruncate(length)),
        Err(code) => code,
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: the file is open.
    let watched = unsafe { watched(file) };
    match watched.disk.sync(watched.file) {
        Ok(()) => real!(file.xSync(flags)),
        Err(code) => code,
    }
}

unsafe extern "C" fn share(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: the file is open.
    let disk = unsafe { &watched(file).disk };
    match if extend == 0 { Ok(()) } else { disk.share_more() } {
        Ok(()) => real!(file.xShmMap(page, size, extend, out)),
        Err(code) => code,
    }
}

unsafe extern "C" fn barrier(file: *mut sqlite3_file) {
    // SAFETY: as in `real`.
    unsafe {
        let real = real_of(file);
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}
