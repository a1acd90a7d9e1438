"""A script for root: become an unprivileged user that may still reach a private checkout, then run a program.

PostgreSQL refuses to run as root. The new process is `nobody`, but keeps the right to pass through
directories (CAP_DAC_OVERRIDE), so that a checkout under a directory of mode 0700 works like any other.
Needs only Linux and the standard library: `python -I -S unprivileged.py PROGRAM ARGUMENT...`
"""

import ctypes
import os
import pwd
import struct
import sys

# From <linux/prctl.h>, <linux/securebits.h> and <linux/capability.h>.
PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2  # keeps the capabilities over setuid, and lets access(2) count them
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522


def nobody() -> int:
    """The number of the user that owns nothing."""
    return pwd.getpwnam("nobody").pw_uid


def become_nobody() -> None:
    """Give up root for good; keep the right to pass through files, over exec too. Raises OSError."""
    user = pwd.getpwnam("nobody")
    _call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
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
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


if __name__ == "__main__":
    try:
        become_nobody()
    except OSError as error:
        sys.exit(f"无法以 nobody 身份运行({error})：请改用普通用户")
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell
