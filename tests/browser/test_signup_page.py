# SPDX-License-Identifier: Apache-2.0
"""The pages in a real browser. NOTIFY_SCREENSHOTS names a folder that keeps pictures of all of them."""

from __future__ import annotations

import os
import pathlib
import re
import urllib.request

import pytest

from notify_testing.embedded import EmbeddedStack
from notify_testing.sign_up import SignupClient

from devtools import Page

HEADING = "document.querySelector('h1').innerText"


def fill_in(page: Page, email: str, name: str = "Ada Lovelace") -> None:
    page.type("#name", name)
    page.type("#email", email)
    page.click("button[type=submit]")


def post_confirm(link: str) -> None:
    request = urllib.request.Request(
        link.partition("?")[0],
        data=link.partition("?")[2].encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def test_the_state_changes_live_without_loading_a_page(signup: SignupClient) -> None:
    with Page() as page:
        page.open(signup.url)
        page.evaluate("window.still_here = true")
        fill_in(page, "live@example.org")
        page.wait_for("location.pathname.startsWith('/signups/')")
        page.wait_for(f"{HEADING} === 'Your mail is on its way'")
        signup_id = page.evaluate("document.getElementById('status').dataset.id")
        signup.database.query("UPDATE signup SET mail_state = 1 WHERE id = ?", signup_id)
        page.wait_for(f"{HEADING} === 'Check your inbox'")
        signup.database.query("UPDATE signup SET mail_state = 2 WHERE id = ?", signup_id)
        page.wait_for(f"{HEADING} === 'The mail could not be delivered'")
        signup.database.query("UPDATE signup SET mail_state = 1 WHERE id = ?", signup_id)
        post_confirm(signup.link("live@example.org"))
        page.wait_for(f"{HEADING} === 'You are in'")
        assert page.evaluate("window.still_here") is True
        assert page.errors == []
        # The address bar names the state's own page, and Back leads to the form.
        page.evaluate("history.back()")
        page.wait_for(f"location.pathname === '/' && {HEADING} === 'Create your account'")


def test_a_mail_that_arrives_is_seen_live_and_by_reload(system: EmbeddedStack) -> None:
    """The whole way, nothing helped along: page, outbox, broker, worker, mailbox, status topic, page."""
    with Page() as page, Page(script=False) as plain:
        page.open(f"http://127.0.0.1:{system.signup_port}")
        page.evaluate("window.still_here = true")
        fill_in(page, "live@example.org")
        page.wait_for(f"{HEADING} === 'Check your inbox'", timeout=60)
        assert page.evaluate("window.still_here") is True
        status_url = page.evaluate("location.href")
        plain.open(status_url)
        assert plain.evaluate(HEADING) == "Check your inbox"
        link = re.search(r"https?://\S*/confirm\?token=\S+", system.wait_for_mail("live@example.org")["Text"])
        assert link is not None
        plain.open(link[0])
        plain.click("button[type=submit]")
        page.wait_for(f"{HEADING} === 'You are in'", timeout=30)
        assert page.evaluate("window.still_here") is True
        assert page.errors == []


def test_errors_stand_beside_their_fields_and_go_while_typing(signup: SignupClient) -> None:
    with Page() as page:
        page.open(signup.url)
        fill_in(page, "nobody", "see www.example.org")
        page.wait_for("document.getElementById('name-error').innerText.includes('link')")
        assert "needs an @" in page.evaluate("document.getElementById('email-error').innerText")
        assert page.evaluate("document.activeElement.id") == "name"
        assert page.evaluate("document.getElementById('name').getAttribute('aria-invalid')") == "true"
        page.type("#name", "Ada")
        assert page.evaluate("document.getElementById('name-error').innerText") == ""
        assert page.evaluate("document.getElementById('name').getAttribute('aria-invalid')") == "false"
        page.type("#email", "errors@example.org")
        page.press("Enter")
        page.wait_for("location.pathname.startsWith('/signups/')")


def test_a_service_that_is_away_is_told_and_what_was_typed_stays(signup: SignupClient) -> None:
    with Page() as page:
        page.open(signup.url)
        page.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        fill_in(page, "away@example.org")
        page.wait_for("!document.getElementById('alert').hidden")
        assert "cannot be reached" in page.text()
        page.call(
            "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        page.click("button[type=submit]")
        page.wait_for("location.pathname.startsWith('/signups/')")


def test_everything_works_without_script(signup: SignupClient) -> None:
    with Page(script=False) as page:
        page.open(signup.url)
        page.type("#name", "<Ada>")
        page.type("#email", "noscript@example.org")
        page.click("button[type=submit]")
        page.wait_for("document.getElementById('name-error').innerText.includes('may not hold')")
        assert page.evaluate("document.getElementById('email').value") == "noscript@example.org"
        assert page.evaluate("document.activeElement.id") == "name"
        page.type("#name", "Ada")
        page.click("button[type=submit]")
        page.wait_for("location.pathname.startsWith('/signups/')")
        status_url = page.evaluate("location.href")
        page.open(signup.link("noscript@example.org"))
        assert page.evaluate(HEADING) == "Confirm your address"
        page.click("button[type=submit]")
        page.wait_for(f"{HEADING} === 'You are in'")
        page.open(status_url)
        assert page.evaluate(HEADING) == "You are in"


def test_the_page_s_own_reload_shows_the_state_without_script(signup: SignupClient) -> None:
    with Page(script=False) as page:
        page.open(signup.url)
        fill_in(page, "reload@example.org")
        page.wait_for("location.pathname.startsWith('/signups/')")
        post_confirm(signup.link("reload@example.org"))
        page.wait_for(f"{HEADING} === 'You are in'", timeout=20)


def test_the_form_can_be_used_by_keyboard_alone(signup: SignupClient) -> None:
    with Page() as page:
        page.open(signup.url)
        assert page.evaluate("document.activeElement.id") == "name"
        page.call("Input.insertText", text="Ada")
        page.press("Tab")
        assert page.evaluate("document.activeElement.id") == "email"
        page.call("Input.insertText", text="keyboard@example.org")
        page.press("Tab")
        assert page.evaluate("document.activeElement.type") == "submit"
        outline = "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))"
        assert page.evaluate(outline)
        page.press("Enter")
        page.wait_for("location.pathname.startsWith('/signups/')")
        assert page.evaluate("document.activeElement.id") == "main"


CONTRAST = """
(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (/^rgb\\(/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const bad = [];
  for (const element of document.querySelectorAll("h1, p, label, li, button, a, footer")) {
    if (!element.innerText || !element.checkVisibility()) continue;
    const [a, b] = [getComputedStyle(element).color, background(element)].map(luminance).sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(`${element.tagName} ${element.innerText.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return bad;
})()
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_every_page_fits_and_can_be_read(signup: SignupClient, width: int, dark: bool) -> None:
    """No sideways scrolling, text contrast of WCAG AA, labels, one heading, no complaint of the browser."""
    pictures = os.environ.get("NOTIFY_SCREENSHOTS")
    with Page(width, 800, dark=dark) as page:

        def look(name: str) -> None:
            page.wait_for("document.fonts.status === 'loaded'")
            if pictures:
                page.screenshot(pathlib.Path(pictures) / f"{name}-{width}-{'dark' if dark else 'light'}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
            assert page.evaluate(CONTRAST) == [], name
            assert page.evaluate("document.querySelectorAll('h1').length") == 1
            assert page.evaluate(
                "[...document.querySelectorAll('input:not([type=hidden])')].every(i => i.labels.length === 1)"
            )
            assert page.evaluate("document.documentElement.lang") == "en"
            assert "{{" not in page.evaluate("document.documentElement.outerHTML")

        page.open(signup.url)
        look("form")
        fill_in(page, "wrong", "<Ada>")
        page.wait_for("document.getElementById('email-error').innerText !== ''")
        look("form-errors")
        address = f"fits-{width}-{dark}@example.org"
        fill_in(page, address)
        page.wait_for("location.pathname.startsWith('/signups/')")
        page.wait_for(f"{HEADING} === 'Your mail is on its way'")
        look("status-pending")
        status_url = page.evaluate("location.href")
        signup_id = status_url.rpartition("/")[2]
        for state, name in ((1, "sent"), (2, "failed")):
            signup.database.query("UPDATE signup SET mail_state = ? WHERE id = ?", state, signup_id)
            page.open(status_url)
            look(f"status-{name}")
        link = signup.link(address)
        page.open(link)
        look("confirm")
        page.click("button[type=submit]")
        page.wait_for(f"{HEADING} === 'You are in'")
        look("confirmed")
        page.open(status_url)
        look("status-confirmed")
        assert [error for error in page.errors if "422" not in error] == []
        page.open(signup.url + "/confirm?token=cut-off")
        look("bad-link")
        page.open(signup.url + "/nothing")
        look("not-found")
