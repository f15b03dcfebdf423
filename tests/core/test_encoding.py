from pathlib import Path

import pytest

from core.imports.encoding import encoding_of

TEXT = "今天提车了，动力不错，油耗也低。\n內飾異味有點大，隔音一般。\n" * 20


@pytest.mark.parametrize(
    ("content", "name", "clean"),
    [
        (b"plain\n", "utf-8", True),
        (TEXT.encode(), "utf-8", True),
        (TEXT.encode("utf-8-sig"), "utf-8-sig", True),
        (TEXT.encode("utf-16"), "utf-16", True),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16", True),
        (TEXT.encode("gb18030"), "gb18030", True),
        (TEXT.encode("gbk"), "gb18030", True),
        ("𠮷𠮷\n".encode("gb18030"), "gb18030", True),
        (("id,text\n" * 1000 + TEXT).encode("gb18030"), "gb18030", True),  # Chinese only far down
        ("一二三".encode("gb18030"), "gb18030", True),
        # some broken bytes do not make UTF-8 another encoding
        (TEXT.encode()[:-2] + b"\xe4\n", "utf-8", False),
        (TEXT.encode() + "断".encode()[:2] + b"\n" + TEXT.encode(), "utf-8", False),
        (TEXT.encode("gb18030") + b"\xd6\n" + TEXT.encode("gb18030"), "gb18030", False),
        ((TEXT + "\ufffd").encode(), "utf-8", True),  # the sign itself may stand in a text
        (b"", "utf-8", True),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, name: str, clean: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert encoding_of(path) == (name, clean)


def test_a_character_across_two_reads_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (2**20 - 1) + "中文".encode())
    assert encoding_of(path) == ("utf-8", True)
