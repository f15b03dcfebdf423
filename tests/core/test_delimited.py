import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.imports.delimited import records_of


def read(text: str, delimiter: str = ",") -> list[tuple[int, list[str] | str]]:
    """(line, fields or fault) of each record."""
    records = records_of(iter(io.StringIO(text, newline="")), delimiter)
    return [(record.line, record.fault or record.fields) for record in records]


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("a,b\n1,2\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r\n1,2\r\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r1,2", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("\n\na,b\n\n1,2\n\n", [(3, ["a", "b"]), (5, ["1", "2"])]),
        ('a,b\n"1,1","2 ""两"" 2"\n', [(1, ["a", "b"]), (2, ["1,1", '2 "两" 2'])]),
        ('a,b\n"一\n二\n三",2\n4,5\n', [(1, ["a", "b"]), (2, ["一\n二\n三", "2"]), (5, ["4", "5"])]),
        ('a,b\n"一\r\n二",2\r\n', [(1, ["a", "b"]), (2, ["一\r\n二", "2"])]),
        # quotes that were never doubled still read
        ('a,b\n5" 屏,2\n', [(1, ["a", "b"]), (2, ['5" 屏', "2"])]),
        ('a,b\n他说"好"吧,2\n', [(1, ["a", "b"]), (2, ['他说"好"吧', "2"])]),
        # too few and too many fields
        ("a,b\n1\n2,3,4\n5,6\n", [(1, ["a", "b"]), (2, "1 fields where the header has 2"),
                                  (3, "3 fields where the header has 2"), (4, ["5", "6"])]),
        # a quote left open costs its own line and none after it
        ('a,b\n1,"x\n2,y\n3,z\n', [(1, ["a", "b"]), (2, "a quote is opened and never closed"),
                                   (3, ["2", "y"]), (4, ["3", "z"])]),
        ('a,b\n1,"x\n2,"y"\n3,"z"\n', [(1, ["a", "b"]), (2, "a quote is opened and never closed"),
                                       (3, ["2", "y"]), (4, ["3", "z"])]),
        ('a,b\n"1,x\n2,y",3,4\n5,6\n', [(1, ["a", "b"]), (2, "3 fields where the header has 2"),
                                       (3, "4 fields where the header has 2"), (4, ["5", "6"])]),
        ("", []),
        ("\n \n", []),
        ("a,b\n,\n1,2\n , \n", [(1, ["a", "b"]), (3, ["1", "2"])]),  # rows Excel leaves at the end
    ],
)  # fmt: skip
def test_records(text: str, records: list[tuple[int, list[str] | str]]) -> None:
    assert read(text) == records


def test_a_quote_left_open_in_a_long_file_is_given_up() -> None:
    rows = [f"{number},字{number}" for number in range(5000)]
    rows[10] = '10,"字10'
    records = read("a,b\n" + "\n".join(rows))
    assert len(records) == 5001
    assert [line for line, fields in records if isinstance(fields, str)] == [12]


FIELDS = st.text("一二a\",;\n\r\t '", max_size=8)


@given(st.lists(st.tuples(FIELDS, FIELDS, FIELDS), max_size=8), st.sampled_from(",;\t"))
def test_whatever_the_csv_module_writes_is_read_back(rows: list[tuple[str, ...]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([("x", "y", "z"), *rows])
    written = [fields for _, fields in read(file.getvalue(), delimiter)]
    unquoted = " " if delimiter == "\t" else " \t"  # what a row without content is written with
    assert written == [["x", "y", "z"], *(list(row) for row in rows if "".join(row).strip(unquoted))]


@given(st.text('ab,"\n一', max_size=60))
def test_no_line_is_lost_or_doubled_whatever_comes(text: str) -> None:
    lines = [line for line in io.StringIO(text, newline="") if line.strip()]
    records = records_of(iter(io.StringIO(text, newline="")), ",")
    numbers = [record.line for record in records]
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= len(lines)
