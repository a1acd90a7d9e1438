"""`python -m config.servers status|stop`: look at this machine's own servers; stop what a killed run left."""

import sys

from config.servers import status, stop, users


def main(argv: list[str]) -> int:
    """Do what the one argument says; return the exit code."""
    if argv == ["status"]:
        for name, up in status().items():
            print(f"{name:<13} {'运行中' if up else '未运行'}")  # noqa: T201
        return 0
    if argv != ["stop"]:
        print("用法：python -m config.servers status|stop", file=sys.stderr)  # noqa: T201
        return 2
    stopped = stop()
    in_use = "\n  ".join(["仍有命令在使用服务器，未停止：", *users()])
    print("服务器已停止" if stopped else in_use, file=sys.stderr)  # noqa: T201
    return 0 if stopped else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
