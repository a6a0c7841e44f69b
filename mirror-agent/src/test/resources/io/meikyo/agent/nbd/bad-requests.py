# SPDX-License-Identifier: Apache-2.0
"""Requests that a client of good will never sends, by libnbd with its own checks switched off.

bad-requests.py URI READ-ONLY-URI BIG-BLOCKS-URI: each is refused with the right error, and the next
good request of the same connection works.
"""
import errno
import sys

import nbd

MIB = 1 << 20


def connect(uri, structured=True):
    handle = nbd.NBD()
    handle.set_strict_mode(0)
    handle.set_request_structured_replies(structured)
    if structured:
        handle.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
    handle.connect_uri(uri)
    return handle


def good(handle):
    assert len(handle.pread(4096, 0)) == 4096


def refused(handle, what, expected, call):
    try:
        call()
    except nbd.Error as error:
        found = errno.errorcode.get(error.errnum, error.errnum)
        assert error.errnum == expected, "%s: %s" % (what, found)
    else:
        raise AssertionError("%s was not refused" % what)
    good(handle)


def device(handle, size, block, structured):
    def no(what, expected, call):
        refused(handle, what, expected, call)

    odd = block // 2
    no("unaligned read", errno.EINVAL, lambda: handle.pread(block, odd))
    no("short read", errno.EINVAL, lambda: handle.pread(odd, 0))
    no("unaligned write", errno.EINVAL, lambda: handle.pwrite(bytearray(block), odd))
    no("short write", errno.EINVAL, lambda: handle.pwrite(bytearray(odd), 0))
    no("read of nothing", errno.EINVAL, lambda: handle.pread(0, 0))
    no("write of nothing", errno.EINVAL, lambda: handle.pwrite(bytearray(0), 0))
    no("trim of nothing", errno.EINVAL, lambda: handle.trim(0, 0))
    no("zero of nothing", errno.EINVAL, lambda: handle.zero(0, 0))
    no("read outside", errno.EINVAL, lambda: handle.pread(block, size))
    no("read over the end", errno.EINVAL, lambda: handle.pread(2 * block, size - block))
    no("read far outside", errno.EINVAL, lambda: handle.pread(block, 1 << 62))
    no("write outside", errno.ENOSPC, lambda: handle.pwrite(bytearray(block), size))
    no("write over the end", errno.ENOSPC,
       lambda: handle.pwrite(bytearray(2 * MIB), size - MIB))
    no("zero outside", errno.ENOSPC, lambda: handle.zero(block, size))
    no("trim outside", errno.EINVAL, lambda: handle.trim(block, size))
    no("fast zero", errno.ENOTSUP, lambda: handle.zero(block, 0, nbd.CMD_FLAG_FAST_ZERO))
    no("cache", errno.EINVAL, lambda: handle.cache(block, 0))
    no("unknown flag of a read", errno.EINVAL, lambda: handle.pread(block, 0, 0x4000))
    no("unknown flag of a write", errno.EINVAL,
       lambda: handle.pwrite(bytearray(block), 0, 0x4000))
    no("unknown flag of a flush", errno.EINVAL, lambda: handle.flush(0x4000))
    if structured:
        no("a long read in one chunk", errno.EOVERFLOW,
           lambda: handle.pread(2 * MIB, 0, nbd.CMD_FLAG_DF))
        extents = []

        def note(context, offset, entries, error):
            extents.append((context, offset, list(entries)))
            return 0

        handle.block_status(size, 0, note)
        assert extents == [("base:allocation", 0, [size, 0])], extents
        no("status outside", errno.EINVAL, lambda: handle.block_status(block, size, note))
        assert len(handle.pread(MIB, 0, nbd.CMD_FLAG_DF)) == MIB
    else:
        no("DF without structure", errno.EINVAL, lambda: handle.pread(block, 0, nbd.CMD_FLAG_DF))


def main():
    for structured in (True, False):
        for uri, block in ((sys.argv[1], 512), (sys.argv[3], 4096)):
            handle = connect(uri, structured)
            device(handle, handle.get_size(), block, structured)
            data = bytearray(b"\x5a" * (3 * MIB))
            handle.pwrite(data, MIB, nbd.CMD_FLAG_FUA)
            assert handle.pread(len(data), MIB) == data
            handle.zero(MIB, 2 * MIB, nbd.CMD_FLAG_NO_HOLE)
            assert handle.pread(MIB, 2 * MIB) == bytearray(MIB)
            handle.trim(MIB, 3 * MIB, nbd.CMD_FLAG_FUA)
            handle.flush()
            handle.shutdown()

        handle = connect(sys.argv[2], structured)
        assert handle.is_read_only()
        refused(handle, "write", errno.EPERM, lambda: handle.pwrite(bytearray(MIB), 0))
        refused(handle, "zero", errno.EPERM, lambda: handle.zero(4096, 0))
        refused(handle, "trim", errno.EPERM, lambda: handle.trim(4096, 0))
        handle.flush()
        handle.shutdown()
    print("all as expected")


main()
