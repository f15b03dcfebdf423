"""Records are taken out of a landing file without moving any other."""

from __future__ import annotations

import io
from pathlib import Path
from zlib import crc32

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LandingError
from core.frames import HEADER, Record, compressor, frame_of, padding, pieces, read_landing
from core.home import Home
from core.landing import LandingWriter
from core.models import Post
from core.rewriting import Rewritten, held, rewrite
from tests.core.people import LINE, PSEUDONYMS, post


def land(home: Home, texts: list[str], *, frame_records: int = 3) -> Path:
    with LandingWriter(home, "run-1", PSEUDONYMS, LINE, frame_records=frame_records) as writer:
        for number, text in enumerate(texts):
            writer.post(post(text, id=f"weibo:{number}"))
    return writer.path


def records(path: Path, offset: int = 0) -> list[Record]:
    return [record for frame in read_landing(path, offset) for record in frame.records]


def without(path: Path, *ids: str) -> Rewritten:
    told = Rewritten()

    def change(record: Record) -> Record | None:
        return None if isinstance(record, Post) and record.id in ids else record

    rewrite(path, change, [key.encode() for key in ids], told=told)
    return told


def ids(found: list[Record]) -> list[str]:
    return [record.id for record in found if isinstance(record, Post)]


@settings(max_examples=40)
@given(st.data())
def test_every_place_where_reading_may_go_on_stays(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    texts = data.draw(st.lists(st.text(max_size=60), min_size=1, max_size=12))
    gone = data.draw(st.sets(st.sampled_from([f"weibo:{n}" for n in range(len(texts))])))
    path = land(Home(tmp_path_factory.mktemp("home")), texts, frame_records=data.draw(st.integers(1, 5)))
    size = path.stat().st_size
    marks = [frame.end for frame in read_landing(path)]
    before = {mark: ids(records(path, mark)) for mark in (0, *marks)}
    told = without(path, *gone)
    assert told.removed == len(gone)
    assert path.stat().st_size == size  # a text of a few letters is packed no worse without its neighbour
    for mark, left in before.items():
        file = read_landing(path, mark)
        assert ids([record for frame in file for record in frame.records]) == [
            key for key in left if key not in gone
        ]
        assert (file.torn, file.damage) == (0, [])


def test_zstd_reads_what_is_left(tmp_path: Path) -> None:
    path = land(Home(tmp_path), ["一", "二", "三", "四"], frame_records=2)
    without(path, "weibo:0", "weibo:1", "weibo:3")
    content = (
        zstandard.ZstdDecompressor()
        .stream_reader(io.BytesIO(path.read_bytes()), read_across_frames=True)
        .read()
    )
    (line,) = content.splitlines()
    checksum, _, record = line.partition(b" ")
    assert int(checksum, 16) == crc32(record)
    assert "三" in record.decode()


def test_a_file_where_nothing_goes_is_not_touched(tmp_path: Path) -> None:
    path = land(Home(tmp_path), ["一", "二"])
    before = path.stat()
    assert without(path, "weibo:9") == Rewritten()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [one.name for one in path.parent.iterdir()] == ["run-1.zst"]


def test_a_frame_that_does_not_fit_is_read_again_at_the_end(tmp_path: Path) -> None:
    path = land(Home(tmp_path), ["一", "二", "三"], frame_records=1)
    marks = [frame.end for frame in read_landing(path)]
    told = Rewritten()
    longer = "".join(chr(0x4E00 + 37 * n % 20_000) for n in range(400))
    rewrite(
        path,
        lambda record: post(longer, id="weibo:0") if isinstance(record, Post) else record,
        [b"weibo:0"],
        told=told,
    )
    assert told.changed == 1
    assert ids(records(path)) == ["weibo:1", "weibo:2", "weibo:0"]
    assert ids(records(path, marks[0])) == ["weibo:1", "weibo:2", "weibo:0"]
    assert ids(records(path, marks[2])) == ["weibo:0"]


@pytest.mark.parametrize("torn", [1, 7, 8, 60])
def test_a_torn_end_goes_for_nobody_knows_whom_it_names(torn: int, tmp_path: Path) -> None:
    path = land(Home(tmp_path), ["一", "二", "三"], frame_records=3)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[len(HEADER) : len(HEADER) + torn])
    assert without(path).lost == torn
    assert path.read_bytes() == whole


def test_damage_goes_and_what_stands_behind_it_stays_where_it_was(tmp_path: Path) -> None:
    path = land(Home(tmp_path), ["一", "二", "三"], frame_records=1)
    marks = [frame.end for frame in read_landing(path)]
    broken = bytearray(path.read_bytes())
    broken[marks[0] + 20] ^= 0xFF
    path.write_bytes(broken)
    assert without(path).lost == marks[1] - marks[0]
    assert ids(records(path)) == ["weibo:0", "weibo:2"]
    assert ids(records(path, marks[1])) == ["weibo:2"]
    assert not read_landing(path).damage
    assert set(path.read_bytes()[marks[0] + 8 : marks[1]]) == {0}


def test_a_damaged_record_goes_from_a_whole_frame(tmp_path: Path) -> None:
    path = land(Home(tmp_path), ["一", "二"], frame_records=2)
    (piece,) = pieces(path)
    assert piece.content is not None
    first, second = piece.content.splitlines(keepends=True)
    bad = first.replace("一".encode(), "丁".encode())
    path.write_bytes(HEADER + frame_of([bad, second], compressor()))
    told = without(path)
    assert (told.lost, ids(records(path))) == (len(bad), ["weibo:1"])


def test_a_run_that_still_writes_is_waited_for(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with LandingWriter(home, "run-1", PSEUDONYMS, LINE) as writer:
        writer.post(post("一"))
        with pytest.raises(LandingError, match=r"a run is still writing .*run-1\.zst"), held([writer.path]):
            pass
    with held([writer.path]):
        pass


@pytest.mark.parametrize("size", [0, 8, 9, 300])
def test_padding_is_as_long_as_asked_and_passed_over(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.zst"
    path.write_bytes(HEADER + padding(size) + frame_of([b"x\n"], compressor()))
    assert path.stat().st_size == len(HEADER) + size + len(frame_of([b"x\n"], compressor()))
    assert [piece.content for piece in pieces(path)] == [*([b""] if size else []), b"x\n"]
