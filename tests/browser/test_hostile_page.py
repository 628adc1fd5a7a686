from collections.abc import Callable

from reconciler.model.value import JSON
from reconciler.reports.inert import visible
from tests.browser.chromium import Page
from tests.reports.hostile import TRICKS, all_tricks_document, hostile_document
from tests.reports.strategies import HOSTILE

Show = Callable[[dict[str, JSON]], Page]

FOREIGN = (
    "[...document.querySelectorAll('img, svg, iframe, object, embed, link, base, a, form[action],"
    " main style, main meta, [onload], [onerror], [onmouseover], [src], [href]')]"
    ".map((each) => each.outerHTML.slice(0, 80))"
)
COMMENTS = (
    "(() => { const walk = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT);"
    " return walk.nextNode()?.data ?? null; })()"
)
SHOW_ALL = "document.getElementById('all').click()"


def show_all(page: Page) -> None:
    page.ask(SHOW_ALL)
    while not page.ask("document.getElementById('more').hidden"):
        page.settle()


def check_harmless(page: Page) -> None:
    page.check_quiet()
    assert page.ask(FOREIGN) == []
    assert page.ask(COMMENTS) is None
    assert page.ask("document.scripts.length") == 2
    assert page.ask("document.styleSheets.length") == 1
    assert page.ask("getComputedStyle(document.body).display") == "block"
    assert page.ask("Object.prototype.members") is None


def test_every_trick_is_shown_as_what_it_is(shown: Show):
    page = shown(all_tricks_document())
    show_all(page)
    check_harmless(page)
    told = page.ask("document.getElementById('entries').textContent")
    for trick in TRICKS:
        assert visible(trick) in told, trick


def test_tricks_stay_harmless_while_somebody_works_with_them(shown: Show):
    page = shown(all_tricks_document())
    for by in ("person", "permission", "file"):
        page.ask(
            f"(() => {{ const it = document.getElementById('group'); it.value = '{by}';"
            " it.dispatchEvent(new Event('change')); })()"
        )
        show_all(page)
    page.ask("document.getElementById('filter').focus()")
    for trick in TRICKS[len(HOSTILE) :: 6]:
        page.ask("document.getElementById('filter').value = ''")
        page.write(visible(trick)[:100])
    check_harmless(page)


def test_tricks_are_harmless_without_scripts(shown: Show, page: Page):
    page.allow_scripts(allowed=False)
    shown(all_tricks_document())
    page.allow_scripts(allowed=True)
    check_harmless(page)
    told = page.ask("document.querySelector('main').textContent")
    assert all(visible(trick) in told for trick in TRICKS)


def test_a_script_that_got_in_could_do_nothing(shown: Show):
    page = shown(hostile_document("harmless"))
    page.ask(
        "(() => { const script = document.createElement('script');"
        " try { script.textContent = 'window.ran = 1'; document.body.append(script); } catch {}"
        " try { document.body.innerHTML = '<img src=https://evil.example.org>'; } catch {}"
        " const image = new Image(); image.src = 'https://evil.example.org/x.png';"
        " document.body.append(image); })()"
    )
    page.settle()
    assert page.ask("window.ran ?? null") is None
    failed = page.happened("Network.loadingFailed")
    assert [how["blockedReason"] for how in failed] == ["csp"]
    assert page.happened("Network.responseReceivedExtraInfo") == []


def test_no_name_is_drawn_outside_its_cell(shown: Show):
    page = shown(hostile_document("Z\u0351\u036b\u0343" * 30 + "W" * 400))
    page.size(390, 800)
    assert page.ask("document.documentElement.scrollWidth") <= 390
    assert page.ask("getComputedStyle(document.querySelector('#entries td')).overflowX") == "clip"
