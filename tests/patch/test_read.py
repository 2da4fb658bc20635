"""Files, mailboxes, folders and standard input become a series in the right order."""

from __future__ import annotations

import base64
import gzip
import io
import quopri
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockmap.errors import PatchError
from lockmap.patch.model import Limits, Note, Series
from lockmap.patch.read import drafts_of, read_series

from .conftest import Workshop, git, write

DIFF = (
    b"diff --git a/mm/a.c b/mm/a.c\n--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1,3 +1,3 @@\n"
    b" \n-a = \xc3\xa4;\n+b = 1;\n end\n"
)
END = b"-- \n2.39.5\n\n"


def mail(subject: str, body: bytes = DIFF, headers: str = "", identity: str = "") -> bytes:
    head = f"From: A. Developer <dev@example.org>\nSubject: {subject}\n{headers}"
    if identity:
        head += f"Message-ID: <{identity}>\n"
    return head.encode() + b"\nWhy.\n\n---\n a.c | 2 +-\n\n" + body + END


def mbox(*mails: bytes) -> bytes:
    return b"".join(b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + one for one in mails)


def series(data: bytes, limits: Limits | None = None) -> Series:
    return read_series(["-"], stdin=io.BytesIO(data), limits=limits)


def subjects(found: Series) -> list[str]:
    return [patch.subject for patch in found.patches]


def told(found: Series) -> list[tuple[str, str, str]]:
    return [(note.kind, note.path, note.message) for note in found.notes]


def test_a_bare_diff() -> None:
    [patch] = series(DIFF).patches
    assert (patch.number, patch.text, patch.origin) == (1, DIFF, "standard input")


def test_what_git_format_patch_writes(workshop: Workshop, tmp_path: Path) -> None:
    workshop.commit({"a.c": b"a\n"}, "first")
    base = git(workshop.repo, "rev-parse", "HEAD").decode().strip()
    for n in range(3):
        workshop.commit(
            {"a.c": b"a%d\n" % n}, f"mm: change {n}\n\nFrom the start of a line, prose."
        )
    out = tmp_path / "out"
    git(workshop.repo, "format-patch", "-q", "-o", str(out), "--cover-letter",
        f"--base={base}", "HEAD~3")  # fmt: skip
    found = read_series([str(out)])
    assert subjects(found) == ["mm: change 0", "mm: change 1", "mm: change 2"]
    assert [patch.number for patch in found.patches] == [1, 2, 3]
    assert found.patches[0].author == "A. Developer <dev@example.org>"
    assert found.base == base
    assert [note.message for note in found.notes] == ["a cover letter"]
    together = git(workshop.repo, "format-patch", "-q", "--stdout", "HEAD~3")
    assert subjects(series(together)) == subjects(found)


def test_an_mbox_is_put_in_order_and_what_is_no_patch_is_told() -> None:
    found = series(
        mbox(
            mail("[PATCH v2 2/2] mm: second", identity="2@x"),
            mail("[PATCH v2 0/2] mm: all of it", b"base-commit: 0123456789ab\n", identity="0@x"),
            mail("Re: [PATCH v2 1/2] mm: first", identity="r@x"),
            mail("Re: [PATCH v2 2/2] mm: second", b"> diff --git a/x b/x\nNo.\n", identity="q@x"),
            mail("[PATCH v2 1/2] mm: first", identity="1@x"),
            mail("[PATCH v2 1/2] mm: first", identity="1@x"),
        )
    )
    assert subjects(found) == ["mm: first", "mm: second"]
    assert [patch.message_id for patch in found.patches] == ["1@x", "2@x"]
    assert found.base == "0123456789ab"
    assert told(found) == [
        ("skipped", "[PATCH v2 1/2] mm: first", "the same mail again"),
        ("skipped", "[PATCH v2 0/2] mm: all of it", "a cover letter"),
        ("skipped", "Re: [PATCH v2 1/2] mm: first", "a reply with a diff in it"),
        ("skipped", "Re: [PATCH v2 2/2] mm: second", "no diff in it"),
    ]


def test_the_newest_version_counts() -> None:
    found = series(
        mbox(
            mail("[PATCH 1/1] mm: old"),
            mail("[RFC PATCH mm-unstable V3 1/2] mm: new"),
            mail("[RFC PATCH mm-unstable V3 2/2] mm: more"),
            mail("[PATCH] fs: alone"),
            mail("[PATCH v2] fs: alone"),
        )
    )
    assert subjects(found) == ["mm: new", "mm: more", "fs: alone"]
    assert [message for _, _, message in told(found)] == [
        "there is a version 3 of it",
        "there is a version 2 of it",
    ]


def test_a_number_that_is_not_there_is_told() -> None:
    found = series(mbox(mail("[PATCH 1/3] a"), mail("[PATCH 3/3] c")))
    assert told(found) == [("missing", "[PATCH 1/3] a", "patch 2/3 is not there")]


def test_two_series_with_the_same_numbers_are_not_mixed() -> None:
    with pytest.raises(PatchError, match="two patches are numbered 1/2"):
        series(mbox(mail("[PATCH 1/2] a"), mail("[PATCH 1/2] b")))


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("crlf", [False, True])
def test_transfer_encodings(encoding: str, crlf: bool) -> None:
    body = DIFF.replace(b"\n", b"\r\n") if crlf else DIFF
    encoded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(
        encoding, bytes
    )(body)
    raw = (
        f"From: =?UTF-8?Q?J=C3=A4n?= <j@x>\nSubject: [PATCH] =?utf-8?b?w6Q=?= fix\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    ).encode() + encoded
    [patch] = series(raw).patches
    assert patch.text == DIFF
    assert (patch.subject, patch.author) == ("ä fix", "Jän <j@x>")


def test_a_file_with_every_line_in_crlf_is_read_as_lf_and_told() -> None:
    found = series(mail("[PATCH] a").replace(b"\n", b"\r\n"))
    assert found.patches[0].text.endswith(DIFF + END)
    assert [note.kind for note in found.notes] == ["repaired"]


def test_crlf_in_the_lines_of_a_diff_stays() -> None:
    diff = DIFF.replace(b";\n", b";\r\n")
    assert series(diff).patches[0].text == diff


def test_format_flowed_is_joined_again() -> None:
    long = b"+" + b"word " * 3 + b"\n" + b"+end\n"
    flowed = b"".join(
        b" " + line if line.startswith(b" ") else line
        for line in (DIFF.replace(b" \n", b"\n") + long).splitlines(keepends=True)
    )
    raw = mail("[PATCH] a", flowed, "Content-Type: text/plain; format=flowed\n")
    text = series(raw).patches[0].text
    assert b"\n end\n+word word word +end\n-- \n2.39.5\n" in text


def test_attachments_and_alternatives() -> None:
    def part(kind: str, body: bytes, extra: str = "") -> bytes:
        return f"--B\nContent-Type: {kind}\n{extra}\n".encode() + body + b"\n"

    head = b'From: a <a@x>\nSubject: [PATCH] both\nContent-Type: multipart/mixed; boundary="B"\n\n'
    attached = 'Content-Disposition: attachment; filename="0001.patch"\n'
    plain = head + part("text/plain", b"Hello") + part("text/x-patch", DIFF, attached) + b"--B--\n"
    [patch] = series(plain).patches
    assert DIFF in patch.text
    raw = base64.encodebytes(DIFF)
    coded = attached + "Content-Transfer-Encoding: base64\n"
    octets = head + part("application/octet-stream", raw, coded) + b"--B--\n"
    assert DIFF in series(octets).patches[0].text
    formatted = head + part("text/plain", b"Two:") + b"".join(
        part("text/x-patch", mbox(mail(f"[PATCH {n}/2] n{n}")), attached) for n in (2, 1)
    ) + b"--B--\n"  # fmt: skip
    assert subjects(series(formatted)) == ["n1", "n2"]
    other = (
        head.replace(b"mixed", b"alternative")
        + part("text/plain", DIFF)
        + part("text/html", b"<pre>" + DIFF)
        + b"--B--\n"
    )
    assert series(other).patches[0].text.count(b"diff --git") == 1


def test_a_forwarded_mail() -> None:
    raw = b"From: a <a@x>\nSubject: Fwd\nContent-Type: message/rfc822\n\n" + mail("[PATCH] inner")
    assert subjects(series(raw)) == ["inner"]


def test_a_mail_in_html_only_is_refused() -> None:
    raw = mail("[PATCH] a", b"<pre>" + DIFF, "Content-Type: text/html\n")
    with pytest.raises(PatchError, match="HTML only"):
        series(raw)


def test_the_author_in_the_body_counts() -> None:
    raw = b"From: List <l@x>\nSubject: [PATCH] a\n\nFrom: Real One <r@x>\n\nWhy.\n---\n" + DIFF
    assert series(raw).patches[0].author == "Real One <r@x>"


def test_what_git_show_writes(workshop: Workshop) -> None:
    workshop.commit({"a.c": b"a\n"}, "first")
    workshop.commit({"a.c": b"b\n"}, "mm: second")
    [patch] = series(git(workshop.repo, "show")).patches
    assert (patch.subject, patch.author) == ("mm: second", "A. Developer <dev@example.org>")
    with pytest.raises(PatchError, match="newest change first"):
        series(git(workshop.repo, "log", "-p"))


def test_folders(tmp_path: Path) -> None:
    quilt, maildir, empty = tmp_path / "quilt", tmp_path / "maildir", tmp_path / "empty"
    write(quilt, {"series": b"# first\nz.patch -p1\n\na.patch # second\n",
                  "a.patch": b"second\n" + DIFF, "z.patch": DIFF, "old.patch": DIFF})  # fmt: skip
    assert [p.text for p in read_series([str(quilt)]).patches] == [DIFF, b"second\n" + DIFF]
    write(maildir, {"cur/1:2,S": mail("[PATCH 2/2] b"), "new/2": mail("[PATCH 1/2] a")})
    (maildir / "tmp").mkdir()
    assert subjects(read_series([str(maildir)])) == ["a", "b"]
    empty.mkdir()
    with pytest.raises(PatchError, match="no patch in this folder"):
        read_series([str(empty)])
    write(quilt, {"series": b"../maildir/cur/1\n"})
    with pytest.raises(PatchError, match="leads out of the folder"):
        read_series([str(quilt)])


def test_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(mbox(mail("[PATCH] a")))
    assert subjects(series(packed)) == ["a"]
    for broken in (packed[:-5], packed[:3], packed + packed):
        with pytest.raises(PatchError, match="gzip"):
            series(broken)
    bomb = gzip.compress(bytes(5_000_000))
    with pytest.raises(PatchError, match="unpacks to more than"):
        series(bomb, Limits(input_bytes=1_000_000))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no patch in it"),
        (b"hello\n", "no diff in it"),
        (DIFF.decode().encode("utf-16"), "UTF-16"),
        (mail("[PATCH 0/1] only the cover", b""), "a cover letter"),
    ],
)
def test_nothing_to_apply(data: bytes, reason: str) -> None:
    with pytest.raises(PatchError, match=reason):
        series(data)


def test_limits() -> None:
    with pytest.raises(PatchError, match="over 50 bytes"):
        series(DIFF, Limits(input_bytes=50))
    with pytest.raises(PatchError, match="more than 1 are not read"):
        series(mbox(mail("[PATCH 1/2] a"), mail("[PATCH 2/2] b")), Limits(patches=1))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for name in (str(tmp_path / "no.patch"), "a\0b"):
        with pytest.raises(PatchError):
            read_series([name])


def test_an_input_that_cannot_be_read() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(PatchError, match="standard input: Input/output error"):
        read_series(["-"], stdin=Broken())


GOOD = mbox(
    mail("[PATCH =?utf-8?q?v2?= 1/2] a", headers="Content-Type: multipart/mixed; boundary=B\n"),
    mail("[PATCH 2/2] b", headers="Content-Transfer-Encoding: quoted-printable\n"),
)


@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), st.binary(max_size=8)), max_size=6
    )
)
def test_damaged_mail_is_read_or_refused_but_never_a_crash(
    edits: list[tuple[int, int, bytes]],
) -> None:
    data = GOOD
    for at, gone, new in edits:
        data = data[:at] + new + data[at + gone :]
    notes: list[Note] = []
    try:
        drafts = list(drafts_of(data, "input", notes))
    except PatchError:
        return
    assert sum(len(draft.text) for draft in drafts) <= 2 * len(data)


def test_mails_nested_without_end_are_refused() -> None:
    raw = DIFF
    for number in range(2000):
        raw = b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number) + raw
    with pytest.raises(PatchError):
        series(b"From: a <a@x>\nSubject: a\n" + raw)
