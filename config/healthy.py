"""`python -m config.healthy URL`: exit 0 where the address answers with 200. What containers are asked by."""

import sys
import urllib.request

if __name__ == "__main__":
    request = urllib.request.Request(sys.argv[1], headers={"X-Forwarded-Proto": "https", "Host": "localhost"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
        sys.exit(answer.status != 200)
