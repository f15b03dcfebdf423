import json
import resource
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LandingError, UsageError
from core.frames import HEADER, Record, compressor, frame_of, line_of
from core.home import Home
from core.landing import LandingWriter, read_landing
from core.models import Author, Coverage, HotEntry, Post, Run
from tests.core.people import BRAND, LINE, NOW, ORDINARY, PSEUDONYMS, post

RUN = Run(id="run-1", source="weibo", asked={"query": "新车", "pages": 3}, started_at=NOW)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def writer(home: Home, run_id: str = "run-1", **more: object) -> LandingWriter:
    return LandingWriter(home, run_id, PSEUDONYMS, LINE, **more)  # type: ignore[arg-type]


def records(path: Path, offset: int = 0) -> list[Record]:
    return [record for frame in read_landing(path, offset) for record in frame.records]


def land(home: Home, *texts: str, frame_records: int = 2) -> Path:
    """A landing of these posts, two records a frame."""
    with writer(home, frame_records=frame_records) as open_writer:
        for text in texts:
            open_writer.post(post(text))
    return open_writer.path


# --- writing and reading -----------------------------------------------------------------------------


def test_every_kind_of_record_comes_back_as_it_was_landed(home: Home) -> None:
    ended = Run(
        id="run-1", source="weibo", asked={}, started_at=NOW, ended_at=NOW, outcome="finished", posts=2
    )
    with writer(home) as landing:
        landed = [
            landing.run(RUN),
            landing.post(post("一", run_id=None)),
            landing.post(post("二", author=BRAND)),
            landing.author(BRAND, "weibo"),
            landing.author(Author(id="55", name="某网友"), "discuz"),
            landing.hot(HotEntry(platform="weibo", title="新车", at=NOW, rank=1, heat=12)),
            landing.coverage(Coverage(source="weibo", slice="search:新车", expected=3, got=2, because="cap")),
            landing.run(ended),
        ]
        assert landing.posts == 2
    assert records(landing.path) == landed
    assert [type(record) for record in landed] == [Run, Post, Post, Author, Author, HotEntry, Coverage, Run]
    assert landed[1].run_id == landed[5].run_id == landed[6].run_id == "run-1"  # type: ignore[union-attr]


def test_the_file_is_checksummed_lines_that_zstd_can_read(home: Home) -> None:
    path = land(home, "一", "二", "三")
    content = zstandard.ZstdDecompressor().stream_reader(path.read_bytes(), read_across_frames=True).read()
    lines = content.splitlines()
    assert len(lines) == 3
    for line in lines:
        checksum, _, data = line.partition(b" ")
        assert int(checksum, 16) == crc32(data)
        assert json.loads(data)["type"] == "post"


def test_nobody_else_may_read_the_file(home: Home) -> None:
    assert land(home, "一").stat().st_mode & 0o077 == 0


def test_reading_goes_on_where_it_stopped(home: Home) -> None:
    path = land(home, "一", "二", "三", "四", "五")
    frames = list(read_landing(path))
    assert [len(frame.records) for frame in frames] == [2, 2, 1]
    assert frames[-1].end == path.stat().st_size
    for number, frame in enumerate(frames, 1):
        rest = [record for later in frames[number:] for record in later.records]
        assert records(path, frame.end) == rest


def test_records_reach_the_disk_by_number_time_and_flush(home: Home) -> None:
    clock = iter([0.0, 1.0, 2.0, 10.0, 16.0, 20.0])
    with writer(home, frame_records=3, flush_s=5.0, clock=lambda: next(clock)) as landing:
        on_disk = []
        for text in ("一", "二", "三", "四", "五"):
            landing.post(post(text))
            on_disk.append(len(records(landing.path)))
        assert on_disk == [0, 0, 3, 3, 5]  # three records make a frame; so do six seconds
        landing.post(post("六"))
        landing.flush()
        landing.flush()
        assert len(records(landing.path)) == 6


def test_what_came_before_an_error_is_landed(home: Home) -> None:
    def fail() -> None:
        with writer(home) as landing:
            landing.post(post("一"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(records(home.landing / "run-1.zst")) == 1


def test_closing_twice_does_nothing(home: Home) -> None:
    landing = writer(home)
    landing.post(post("一"))
    landing.close()
    landing.close()
    assert len(records(landing.path)) == 1


def test_half_characters_are_replaced(home: Home) -> None:
    with writer(home) as landing:
        landing.post(post("半个\ud83d字", author=BRAND, topics=("\udc00",)))
        landing.post(post("合起来\ud83d\ude00"))
    first, second = records(landing.path)
    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert (first.text, first.topics) == ("半个\ufffd字", ("\ufffd",))
    assert second.text == "合起来😀"


def test_a_public_name_is_kept_in_later_texts_and_runs(home: Home) -> None:
    with writer(home) as landing:
        assert landing.post(post("@某某汽车 好")).text != "@某某汽车 好"
        landing.post(post("大家好", author=BRAND))
        assert landing.post(post("@某某汽车 好")).text == "@某某汽车 好"
        # seen without its figures, as search pages show it, the account is still the same
        bare = landing.post(post("大家好", author=Author(id=BRAND.id, name=BRAND.name)))
        assert bare.author is not None
        assert bare.author.id == BRAND.id
    with writer(home, "run-2", public_names=["某某美妆"]) as landing:
        assert landing.post(post("@某某汽车 @某某美妆 好")).text == "@某某汽车 @某某美妆 好"


# --- refusals ----------------------------------------------------------------------------------------


def test_a_run_lands_once(home: Home) -> None:
    path = land(home, "一")
    before = path.read_bytes()
    with pytest.raises(LandingError, match="another id"):
        writer(home)
    assert path.read_bytes() == before


@pytest.mark.parametrize("run_id", ["", "../escape", "a/b", ".hidden", "a\nb", "x" * 200])
def test_a_run_id_must_name_a_file(home: Home, run_id: str) -> None:
    with pytest.raises(UsageError, match="run id"):
        writer(home, run_id)


def test_a_folder_that_cannot_be_made_is_said(home: Home) -> None:
    home.landing.write_text("a file where the folder should be")
    with pytest.raises(LandingError, match="cannot be written"):
        writer(home)


@pytest.mark.parametrize(
    "content", [b"{}\n", b"PK\x03\x04", zstandard.compress(b"other"), b"\x50\x2a\x4d\x18\x05\0\0\0other"]
)
def test_a_file_that_is_no_landing_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.zst"
    path.write_bytes(content)
    with pytest.raises(LandingError, match="not a landing file"):
        records(path)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="cannot be read"):
        records(tmp_path / "none.zst")


def test_a_file_shorter_than_what_was_read_is_refused(home: Home) -> None:
    path = land(home, "一")
    with pytest.raises(LandingError, match="restore the file"):
        records(path, path.stat().st_size + 1)


# --- torn tails --------------------------------------------------------------------------------------


def test_cut_at_any_byte_only_whole_frames_are_read(home: Home, tmp_path: Path) -> None:
    whole = land(home, "一", "二", "三", "四", "五").read_bytes()
    path = tmp_path / "run-1.zst"
    path.write_bytes(whole)
    frames = list(read_landing(path))
    ends = [len(HEADER), *(frame.end for frame in frames)]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        file = read_landing(path)
        read = [record for frame in file for record in frame.records]
        kept = sum(end <= cut for end in ends[1:])
        assert read == [record for frame in frames[:kept] for record in frame.records]
        assert file.torn == cut - max((end for end in ends if end <= cut), default=0)
        assert file.damage == []


@settings(max_examples=60, deadline=None)
@given(
    tail=st.one_of(st.binary(min_size=1), st.binary(min_size=1).map(lambda more: b"\x28\xb5\x2f\xfd" + more))
)
def test_garbage_at_the_end_is_never_data(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    path = land(Home(tmp_path_factory.mktemp("home")), "一", "二", "三")
    with path.open("ab") as file:
        file.write(tail)
    landing = read_landing(path)
    assert sum(len(frame.records) for frame in landing) == 3
    assert landing.torn == len(tail)


def test_a_torn_tail_is_read_once_it_is_whole(home: Home, tmp_path: Path) -> None:
    """As when ingest reads while a run still writes."""
    whole = land(home, "一", "二", "三").read_bytes()
    path = tmp_path / "live.zst"
    path.write_bytes(whole[:-5])
    first = list(read_landing(path))
    path.write_bytes(whole)
    assert len(records(path, first[-1].end)) == 1


# --- damage in the middle ----------------------------------------------------------------------------


def test_a_damaged_frame_costs_no_other(home: Home) -> None:
    path = land(home, "一", "二", "三", "四", "五")
    whole = path.read_bytes()
    first, second, third = read_landing(path)
    for at in range(first.end, second.end):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        file = read_landing(path)
        read = [record for frame in file for record in frame.records]
        # a few bits of a frame say nothing of its content; the records are then all there, and right
        whole_again = read == first.records + second.records + third.records
        assert whole_again or (read == first.records + third.records and len(file.damage) == 1)
        assert file.torn == 0


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda line: b"00000000" + line[8:], "checksum"),
        (lambda line: line.replace("二".encode(), "三".encode()), "checksum"),
        (lambda _: b"no line at all\n", "checksum"),
        (lambda _: b"\n", "checksum"),
        (lambda _: _checked(b'{"type":"secret","record":{}}'), "newer version"),
        (lambda _: _checked(b'{"type":"post","record":{"id":5}}'), "Expected `str`"),
        (lambda _: _checked(b'{"type":"post"'), "truncated"),
    ],
)
def test_a_damaged_record_is_reported_and_left_out(home: Home, spoil: object, reason: str) -> None:
    lines = [line_of(post(text)) for text in ("一", "二", "三")]
    lines[1] = spoil(lines[1])  # type: ignore[operator]
    home.landing.mkdir()
    path = home.landing / "run-1.zst"
    path.write_bytes(HEADER + frame_of(lines, compressor()))
    file = read_landing(path)
    assert [record.text for frame in file for record in frame.records] == ["一", "三"]  # type: ignore[union-attr]
    assert len(file.damage) == 1
    assert reason in file.damage[0].reason


def _checked(data: bytes) -> bytes:
    return b"%08x %s\n" % (crc32(data), data)


# --- full disks and kills ----------------------------------------------------------------------------

FILL = """
import resource, sys
from pathlib import Path
from core.errors import LandingError
from core.home import Home
from core.landing import LandingWriter
from tests.core.people import LINE, PSEUDONYMS, post

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with LandingWriter(Home(Path(sys.argv[1])), "run-1", PSEUDONYMS, LINE, frame_records=5) as writer:
        for number in range(400):
            writer.post(post(f"第{number}条"))
            landed = number
except LandingError as error:
    print(error)
"""


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("limit", [3000, 4096, 10_000])
def test_a_full_disk_is_said_and_what_was_flushed_is_whole(home: Home, limit: int) -> None:
    done = run_python(FILL, home.root, limit)
    assert done.returncode == 0, done.stderr
    assert "free some space" in done.stdout
    file = read_landing(home.landing / "run-1.zst")
    read = [record for frame in file for record in frame.records]
    assert len(read) >= 5
    assert f"{len(read)} records of this run are safe" in done.stdout
    assert (file.torn, file.damage) == (0, [])
    assert [record.text for record in read] == [f"第{n}条" for n in range(len(read))]  # type: ignore[union-attr]


def test_a_disk_full_from_the_start_leaves_no_file_behind(home: Home) -> None:
    done = run_python(FILL, home.root, 0)
    assert "free some space" in done.stdout
    assert list(home.landing.iterdir()) == []


def test_after_a_full_disk_the_same_writer_can_go_on(home: Home) -> None:
    landing = writer(home, frame_records=1)
    landing.post(post("一"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (landing.path.stat().st_size + 10, before[1]))
    try:
        with pytest.raises(LandingError):
            landing.post(post("二"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    landing.close()
    file = read_landing(landing.path)
    assert [record.text for frame in file for record in frame.records] == ["一", "二"]  # type: ignore[union-attr]
    assert (file.torn, file.damage) == (0, [])


def test_a_kill_loses_only_what_was_not_flushed(home: Home) -> None:
    code = FILL.replace("print(error)", "raise").replace(
        "landed = number", "if number == 23: import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = run_python(code, home.root, 10**9)
    assert done.returncode == -signal.SIGKILL
    file = read_landing(home.landing / "run-1.zst")
    assert sum(len(frame.records) for frame in file) == 20
    assert file.torn == 0


def test_times_keep_their_microseconds(home: Home) -> None:
    at = NOW + timedelta(microseconds=123456)
    with writer(home) as landing:
        landing.post(post(published_at=at, author=ORDINARY))
    (read,) = records(landing.path)
    assert isinstance(read, Post)
    assert read.published_at == at
