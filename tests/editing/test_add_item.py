from datetime import date
from pathlib import Path

import pytest

from reconciler.desired.editing import Editor, add_item, read_text, save_all
from reconciler.errors import BadInput

DECISION = {
    "issue": "account_unmanaged",
    "account": "old.intern@example.org",
    "resolution": "exclude",
    "until": date(2027, 1, 1),
    "permission": {"group": "Sales: inside"},
    "reason": "10001",
}
WRITTEN = """\
resolutions:
  - issue: account_unmanaged
    account: old.intern@example.org
    resolution: exclude
    until: 2027-01-01
    permission: {group: "Sales: inside"}
    reason: "10001"
"""


def added(text: str) -> str:
    editor = Editor(text, "desired/x.yaml")
    editor.add("resolutions", DECISION)
    return editor.text


def test_a_file_that_does_not_exist_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "desired" / "deeper" / "decisions.yaml"
    save_all({path: add_item(path, "decisions.yaml", "resolutions", DECISION)})

    assert read_text(path) == WRITTEN


@pytest.mark.parametrize("text", ["", "\n\n", "resolutions:\n", "resolutions: []\n"])
def test_an_empty_section_gets_its_first_item(text: str) -> None:
    assert added(text).lstrip("\n") == WRITTEN


def test_a_missing_section_goes_below_what_is_there_with_a_blank_line_between() -> None:
    text = "# ours\ngroups:\n  - name: Sales   # who sells\n"
    assert added(text) == f"{text}\n{WRITTEN}"


def test_an_item_is_laid_out_as_those_before_it_are() -> None:
    text = "resolutions:\n-   issue: account_differs\n    account: a@example.org\n# the end\n"
    assert added(text) == (
        "resolutions:\n-   issue: account_differs\n    account: a@example.org\n"
        "-   issue: account_unmanaged\n    account: old.intern@example.org\n"
        '    resolution: exclude\n    until: 2027-01-01\n    permission: {group: "Sales: inside"}\n'
        '    reason: "10001"\n# the end\n'
    )


def test_line_endings_the_byte_order_mark_and_an_open_last_line_stay() -> None:
    text = "\ufeffgroups:\r\n  - name: Sales"
    assert added(text) == text + "\r\n\r\n" + WRITTEN.rstrip("\n").replace("\n", "\r\n")


def test_items_with_blank_lines_between_them_get_one_more() -> None:
    text = "groups:\n  - name: A\n\n  - name: B\n\nproducts: []\n"
    editor = Editor(text, "x.yaml")
    editor.add("groups", {"name": "C"})
    assert editor.text == "groups:\n  - name: A\n\n  - name: B\n\n  - name: C\n\nproducts: []\n"


@pytest.mark.parametrize(
    "text",
    [
        "- a\n",
        "just words\n",
        "groups: [\n",
        "a: 1\n---\nb: 2\n",
        "? [a]\n: 1\n",
        "resolutions: x\n",
    ],
)
def test_a_file_that_no_item_can_go_into_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        added(text)
    assert "desired/x.yaml" in str(caught.value)


def test_an_anchor_that_others_use_is_not_changed_behind_their_backs() -> None:
    text = "groups:\n  - name: A\n    members: &all [x]\n  - name: B\n    members: *all\n"
    editor = Editor(text, "x.yaml")
    editor.entry("groups", "A").add_to("members", "v")
    with pytest.raises(BadInput, match="anchor that others use"):
        _ = editor.text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("dash", ["      ", "    "])
def test_a_list_with_an_anchor_is_no_hindrance_and_changes_where_nobody_else_uses_it(
    newline: str, dash: str
) -> None:
    text = (
        f"groups:\n  - name: A\n    members: &all  # these\n{dash}- x  # one\n"
        f"{dash}# between\n{dash}- z\n  - name: B\n"
    ).replace("\n", newline)
    editor = Editor(text, "x.yaml")
    editor.entry("groups", "B").set("create", True)
    editor.add("groups", {"name": "C"})
    assert editor.text == f"{text}    create: true{newline}  - name: C{newline}"
    editor = Editor(text, "x.yaml")
    editor.entry("groups", "A").add_to("members", "xx")
    joined = text.replace("# one", f"# one{newline}{dash}- xx")
    assert editor.text == joined
    editor.entry("groups", "A").remove_from("members", "x")
    assert editor.text == joined.replace(f"{dash}- x  # one{newline}", "")


def test_a_list_that_is_an_alias_is_written_out_before_it_changes() -> None:
    text = "groups:\n  - name: A\n    members: &all [x]\n  - name: B\n    members: *all\n"
    editor = Editor(text, "x.yaml")
    editor.entry("groups", "B").add_to("members", "v")
    assert editor.text == (
        "groups:\n  - name: A\n    members: &all [x]\n  - name: B\n    members:\n      - v\n      - x\n"
    )


def test_files_are_written_with_the_mode_they_had_and_links_stay_links(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("groups: []\n")
    path.chmod(0o640)
    link = tmp_path / "b.yaml"
    link.symlink_to(path)
    save_all({link: "products: []\n"})

    assert path.read_text() == "products: []\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    first = tmp_path / "a.yaml"
    first.write_text("groups: []\n")
    (tmp_path / "blocked").write_text("no folder")
    with pytest.raises(BadInput, match="not writable"):
        save_all({first: "products: []\n", tmp_path / "blocked" / "b.yaml": "groups: []\n"})

    assert first.read_text() == "groups: []\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "blocked"]


def test_aliases_that_blow_up_are_refused_at_once() -> None:
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(BadInput, match="too much"):
        added("\n".join(["a0: &a0 [x, x]", *rows, ""]))


def test_what_nests_without_end_is_refused() -> None:
    with pytest.raises(BadInput, match="levels deep"):
        added("a: " + "[" * 50_000 + "]" * 50_000)
