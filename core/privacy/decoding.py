"""Pictures that strangers sent, decoded in a process of their own: `python -m core.privacy.decoding '{"verb": …}'`.

The picture comes by standard input. Out goes a line of JSON, then the JPEG where one was made. What a picture is and how
large, is read from its first bytes before anything is decoded; the decoding itself takes no more memory and no more of
the processor than it was given, and one goes on at a time.

Nothing of Django is imported here: the process has to be there in a moment.
"""

import io
import json
import resource
import struct
import sys
import warnings
from typing import Any

from core.processes import end_with_parent, limited_memory

LONGEST_SIDE = 1600  # pixels: a plate and an invoice stay readable
SHORTEST_SIDE = 200
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
SECONDS = 20  # of a processor


class Refused(ValueError):
    """Why a picture is not taken: "not_a_photo", "too_large", "too_small", "moving" or "damaged"."""


def webp_frame(data: bytes) -> tuple[int, int, bool]:
    """Width, height, and whether it moves, from the header of a WebP. Raises Refused.

    The library makes room for the whole picture already when it opens one, so it is not asked.
    """
    kind, start = data[12:16], data[20:30]
    if len(start) < 10:
        raise Refused("damaged")
    if kind == b"VP8X":
        width, height = (int.from_bytes(start[at : at + 3], "little") + 1 for at in (4, 7))
        return width, height, bool(start[0] & 0x02)
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", start[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, False
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", start[6:10])
        return width & 0x3FFF, height & 0x3FFF, False
    raise Refused("damaged")


def judge_webp(data: bytes, *, most: int) -> None:
    """Refuse, by its header, one of more pixels than these, or one that moves."""
    width, height, moves = webp_frame(data)
    if width * height > most:
        raise Refused("too_large")
    if moves:
        raise Refused("moving")


def opened(data: bytes, *, megapixels: float) -> Any:
    """The picture, upright, no larger than needed. Raises Refused."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - after the limits are set

    Image.MAX_IMAGE_PIXELS = int(megapixels * 1e6)
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        judge_webp(data, most=Image.MAX_IMAGE_PIXELS)
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        if picture.format != "MPO" and getattr(picture, "is_animated", False):
            raise Refused("moving")
        picture.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # of a JPEG no more than that is decoded
        picture.load()
        return ImageOps.exif_transpose(picture)
    except UnidentifiedImageError:
        raise Refused("not_a_photo") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused("too_large") from None
    except Refused:
        raise
    except (OSError, SyntaxError, ValueError, OverflowError, struct.error):
        raise Refused("damaged") from None


def tidied(picture: Any) -> tuple[bytes, tuple[int, int]]:
    """A JPEG of it without any metadata, and its size."""
    if picture.mode in ("P", "1", "I;16", "I", "F", "LA", "CMYK", "YCbCr"):
        picture = picture.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), picture.size


def answer(asked: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """What was made of it: the line, and the JPEG."""
    try:
        picture = opened(data, megapixels=asked["megapixels"])
        if max(picture.size) < SHORTEST_SIDE:
            raise Refused("too_small")
        if asked["verb"] == "codes":
            import zxingcpp  # noqa: PLC0415 - only where it is needed

            return {"codes": [found.text for found in zxingcpp.read_barcodes(picture)]}, b""
        jpeg, size = tidied(picture)
    except Refused as refused:
        return {"refused": str(refused)}, b""
    except MemoryError:
        return {"refused": "too_large"}, b""
    return {"size": size}, jpeg


def main() -> None:
    end_with_parent()
    asked = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    data = sys.stdin.buffer.read()
    with limited_memory(asked["megabytes"]):
        line, jpeg = answer(asked, data)
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n" + jpeg)


if __name__ == "__main__":
    main()
