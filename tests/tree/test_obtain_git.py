"""A kernel fetched from git: one tag, checked, resumable."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockmap.errors import ObtainError

from .conftest import Fetch, Git, left_in


class TestGit:
    def test_a_tag_is_fetched_without_history(
        self, fetch: Fetch, repository: Path, git: Git, into: Path
    ) -> None:
        (repository / "mm/later.c").write_text("int later;\n", encoding="utf-8")
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", "later")
        got = fetch(f"file://{repository}", "v6.12.3")
        assert got.path == into / "linux-v6.12.3"
        assert got.record.identity == git(repository, "rev-parse", "v6.12.3")
        assert git(got.path, "rev-list", "--count", "HEAD") == "1"
        assert not (got.path / "mm/later.c").exists()
        assert left_in(into) == ["linux-v6.12.3"]
        assert fetch(f"file://{repository}", "v6.12.3").already

    def test_a_local_path_will_do(
        self, fetch: Fetch, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(repository.parent)
        assert fetch(repository.name, "v6.12.3").record.files > 4

    def test_an_interrupted_fetch_goes_on(
        self, fetch: Fetch, repository: Path, into: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("lockmap.tree.gitclone.check_version", interrupt)
            with pytest.raises(KeyboardInterrupt):
                fetch(repository, "v6.12.3")
        clone = into / ".partial-linux-v6.12.3/clone"
        (clone / "mm/mmap.c").write_text("half", encoding="utf-8")
        got = fetch(repository, "v6.12.3")
        assert (got.path / "mm/mmap.c").read_text(encoding="utf-8") == "int mmap;\n"

    def test_another_repository_with_that_tag_needs_force(
        self, fetch: Fetch, repository: Path, git: Git, tmp_path: Path
    ) -> None:
        fetch(repository, "v6.12.3")
        git(tmp_path, "clone", "-q", str(repository), "other")
        with pytest.raises(ObtainError, match="another kernel"):
            fetch(tmp_path / "other", "v6.12.3")
        assert not fetch(tmp_path / "other", "v6.12.3", force=True).already

    def test_a_tag_that_is_not_there(self, fetch: Fetch, repository: Path) -> None:
        with pytest.raises(ObtainError, match=r"git fetch: .*v9\.9") as caught:
            fetch(repository, "v9.9")
        assert "tag" in caught.value.hint

    def test_a_repository_with_a_missing_object_is_refused(
        self, fetch: Fetch, repository: Path, git: Git
    ) -> None:
        blob = git(repository, "rev-parse", "HEAD:mm/mmap.c")
        (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
        with pytest.raises(ObtainError, match="git fetch"):
            fetch(f"file://{repository}", "v6.12.3")

    @pytest.mark.parametrize("tag", ["-x", "", "a:b", "+a", "../x", "a b", "x\n"])
    def test_what_is_no_tag_is_refused(self, fetch: Fetch, repository: Path, tag: str) -> None:
        with pytest.raises(ObtainError, match="not a tag"):
            fetch(repository, tag)

    def test_an_address_cannot_run_a_command(self, fetch: Fetch, tmp_path: Path) -> None:
        for url in (f"ext::touch {tmp_path}/ran", f"--upload-pack=touch {tmp_path}/ran"):
            with pytest.raises(ObtainError):
                fetch(url, "v6.12")
        assert not (tmp_path / "ran").exists()

    def test_a_password_in_an_address_is_not_recorded(self) -> None:
        from lockmap.tree.gitclone import shown_url  # noqa: PLC0415

        assert shown_url("https://me:secret@host/linux.git") == "https://host/linux.git"
