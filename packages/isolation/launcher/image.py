"""Mounts ext4 file systems that lie in files, without the program `mount`, which needs five times as long as the calls that it makes."""

import _thread
import ctypes
import errno
import fcntl
import os
import struct

from libc import check, libc

# linux/loop.h: what a loop device is asked and told, `struct loop_info64` (which `struct loop_config` has within).
_LOOP_CTL_GET_FREE, _LOOP_CONFIGURE, _LOOP_GET_STATUS64, _LO_FLAGS_AUTOCLEAR = 0x4C82, 0x4C0A, 0x4C05, 4
_LOOP_INFO = struct.Struct('=QQQQQIIII64s64s32sQQ')
_MS_NOSUID, _MS_NODEV, _MS_NOATIME, _MNT_DETACH = 0x2, 0x4, 0x400, 2

_making = _thread.allocate_lock()


def mount_image(image, point, options, new):
    """Mount the ext4 file system in a file, which nobody else knows yet if it is `new`. Its loop device goes with the mount."""
    # The device keeps the one that it is given, and would keep its lock. NFS locks what can be written.
    with open(image, 'r+b', buffering=0) as file, open(image, 'r+b', buffering=0) as lock:
        # Two devices of one file would be two file systems that write over each other: of all hosts one looks and makes one at a time.
        if not new:
            fcntl.flock(lock, fcntl.LOCK_EX)
        with not new and _find_device(file) or _make_device(file, image) as device:
            flags = _MS_NOSUID | _MS_NODEV | _MS_NOATIME
            check(libc.mount(device.name.encode(), point.encode(), b'ext4', flags, options.encode()), point)


def _find_device(file):
    """The loop device that has the file already: another host has mounted it, or a program that still runs uses it. While it is open here it stays."""
    for name in os.listdir('/sys/block'):
        if not name.startswith('loop') or not os.path.exists(f'/sys/block/{name}/loop'):
            continue
        try:
            device = _open_device(name)
        except OSError:
            # Not one of this container.
            continue
        if _has_file(device, os.fstat(file.fileno())):
            return device
        device.close()
    return None


def _has_file(device, wanted):
    try:
        number, inode = struct.unpack_from('=QQ', fcntl.ioctl(device, _LOOP_GET_STATUS64, bytes(_LOOP_INFO.size)))
    except OSError:
        # It has ended in the meantime.
        return False
    major, minor = number >> 8 & 0xFFF, number & 0xFF | number >> 12 & ~0xFF
    return (os.makedev(major, minor), inode) == (wanted.st_dev, wanted.st_ino)


def _make_device(file, image):
    info = _LOOP_INFO.pack(0, 0, 0, 0, 0, 0, 0, 0, _LO_FLAGS_AUTOCLEAR, image.encode()[:63], b'', b'', 0, 0)
    config = struct.pack('=II', file.fileno(), 0) + info + bytes(64)
    # Who asks for a free one at the same time is told the same one.
    with _making, open('/dev/loop-control', 'r+b', buffering=0) as control:
        while True:
            device = _open_device(f'loop{fcntl.ioctl(control, _LOOP_CTL_GET_FREE)}')
            try:
                fcntl.ioctl(device, _LOOP_CONFIGURE, config)
                return device
            except OSError as error:
                device.close()
                # Somebody else has taken it in the meantime.
                if error.errno != errno.EBUSY:
                    raise


def _open_device(name):
    return open(f'/dev/{name}', 'r+b', buffering=0)


def unmount(point):
    """A file that the host itself has open delays this; then the mount goes from the tree now and ends with the file."""
    result = libc.umount2(point.encode(), 0)
    if result < 0 and ctypes.get_errno() == errno.EBUSY:
        result = libc.umount2(point.encode(), _MNT_DETACH)
    # EINVAL: somebody else was first.
    if result < 0 and ctypes.get_errno() != errno.EINVAL:
        check(result, point)
