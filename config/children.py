"""What a child process does between fork and exec: end with its parent, or become an unprivileged user.

PostgreSQL refuses to run as root. When root starts it, the child becomes `nobody` but keeps the right to traverse
and use files (CAP_DAC_OVERRIDE), so that a checkout under a 0700 directory works like any other.
"""

import ctypes
import os
import pwd
import signal
import struct

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
NO_SETUID_FIXUP = 1 << 2  # keeps capabilities over setuid, and lets access(2) count them
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent() -> None:
    """Called between fork and exec: be told to end when the parent is gone, however it went."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def nobody() -> pwd.struct_passwd:
    """The user that owns nothing."""
    return pwd.getpwnam("nobody")


def become_nobody() -> None:
    """Called between fork and exec, as root: give up root, keep the right to pass through files. Raises OSError."""
    user = nobody()
    _call("prctl", PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    wanted = 1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH
    header = struct.pack("=II", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("=6I", wanted, wanted, wanted, 0, 0, 0)  # effective, permitted, inheritable; low, high
    _call("capset", header, data)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _call(name: str, *args: int | bytes) -> None:
    if getattr(_libc, name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
