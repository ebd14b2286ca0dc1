"""What every screen must be, whatever it shows: accessible, no wider than a small phone, within its own policy."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.journeys.conftest import DESKTOP, PHONE, SMALL_PHONE
from tests.live import ROOT

AXE = (ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
SIZES = (SMALL_PHONE, DESKTOP)
SCHEMES = ("light", "dark")
# Runs before the page's own scripts, so that nothing is missed.
WATCH = """
window.amateViolations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  const { violatedDirective, blockedURI, sourceFile, lineNumber } = event;
  window.amateViolations.push(`${violatedDirective}: ${blockedURI} ${sourceFile}:${lineNumber}`);
});
"""
# Evaluated by the debugger, which no policy of the page's holds back.
# A target that lies under a fixed bar is not small: it is looked at once more where it can be scrolled to.
RUN_AXE = """async (also) => {
  const rules = Object.fromEntries(also.map((id) => [id, { enabled: true }]));
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules });
  const isSmall = async ({ target }) => {
    const found = document.querySelector(target[0]);
    found.scrollIntoView({ block: "center" });
    return (await axe.run(found, { runOnly: ["target-size"] })).violations.length > 0;
  };
  const faults = [];
  for (const { id, nodes } of violations) {
    for (const node of nodes) {
      if (id !== "target-size" || await isSmall(node)) faults.push(`${id}: ${node.html.slice(0, 160)}`);
    }
  }
  return faults;
}"""
# Rules that axe does not apply by itself: what counts for Lighthouse's score, and two that it only mentions.
ALSO = ("duplicate-id-aria", "identical-links-same-purpose", "label-content-name-mismatch", "target-size")
# Names the innermost elements that reach beyond the screen, so that a fault says where to look; what is folded away is
# as wide as the screen was when it was last unfolded.
PROTRUDING = """() => {
  const all = [...document.body.querySelectorAll("*")];
  const beyond = all.filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5 && e.checkVisibility());
  const innermost = beyond.filter((e) => !beyond.some((other) => other !== e && e.contains(other)));
  return innermost.map((e) => e.outerHTML.slice(0, 160));
}"""
# What is cut off at the edge of its own button or heading; what only screen readers see is a pixel wide.
CLIPPED = """() => [...document.querySelectorAll("button, a.btn, h1, h2")]
  .filter((e) => e.checkVisibility() && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.outerHTML.slice(0, 160))"""
# Row E10: only a verifier's own screen judges. Words of a verdict, or its green over more than a badge, on a phone.
JUDGING = """() => {
  const words = /\\b(v[áa]lid[ao]|vigente|verificad[ao]|aprobad[ao])\\b/i.exec(document.body.innerText);
  const green = document.createElement("i");
  document.body.append(green);
  green.style.color = "var(--verdict-valid)";
  const { color } = getComputedStyle(green);
  green.remove();
  const large = ({ width, height }) => width * height > innerWidth * innerHeight / 16;
  const painted = [...document.body.querySelectorAll("*")].filter((e) => e.checkVisibility() &&
    getComputedStyle(e).backgroundColor === color && large(e.getBoundingClientRect()));
  return [...(words ?? []), ...painted.map((e) => e.outerHTML.slice(0, 160))];
}"""
WALLET = "/wallet/"
STILL = """async () => {
  await Promise.all(document.getAnimations().map((each) => {
    const { iterations } = each.effect?.getComputedTiming() ?? {};
    return iterations === Infinity ? undefined : each.finished.catch(() => undefined);
  }));
}"""


@dataclass
class Inspector:
    """Looks at the screens of one page and keeps what is wrong with them."""

    page: Page
    faults: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(WATCH)

    def look(self, name: str) -> None:
        """Inspect the screen that is shown, small and wide, by day and by night."""
        self.seen.append(name)
        self._note(name, "policy", self.page.evaluate("window.amateViolations ?? []"))
        before = self.page.viewport_size
        for size in SIZES:
            for scheme in SCHEMES:
                self._look_as(name, size, scheme)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        self.page.evaluate(STILL)
        self._note(f"{name} ({PHONE['width']} px)", "wider than the screen", self.page.evaluate(PROTRUDING))
        if before is not None:
            self.page.set_viewport_size(before)

    def _look_as(self, name: str, size: dict[str, int], scheme: Any) -> None:
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        self.page.evaluate(STILL)
        where = f"{name} ({scheme}, {size['width']} px)"
        self._note(where, "wider than the screen", self.page.evaluate(PROTRUDING))
        self._note(where, "cut off", self.page.evaluate(CLIPPED))
        self.page.evaluate(f"() => {{ if (!window.axe) {{ {AXE} }} }}")
        if WALLET in self.page.url:
            self._note(where, "judges itself (E10)", self.page.evaluate(JUDGING))
        self._note(where, "axe", self.page.evaluate(RUN_AXE, ALSO))
        self.page.evaluate("window.amateViolations = []")  # whatever axe itself tried is not the page's

    def _note(self, where: str, what: str, found: list[str]) -> None:
        self.faults += [f"{where}: {what}: {each}" for each in found]


def look_once(page: Page, name: str) -> None:
    """Inspect the one screen that is shown."""
    inspector = Inspector(page)
    inspector.look(name)
    assert inspector.faults == [], "\n".join(inspector.faults)


def picture_of(part: Locator) -> Image.Image:
    """A part of the screen as it is seen, in grey, with whatever lies over it."""
    return Image.open(io.BytesIO(part.screenshot())).convert("L")


def dark_on_light(picture: Locator) -> str:
    """The text of a code that stands dark on light with its quiet zone, as the strictest scanners want it."""
    found = zxingcpp.read_barcodes(picture_of(picture), formats=zxingcpp.BarcodeFormat.QRCode, try_invert=False)
    assert len(found) == 1, "one code, not inverted"
    return found[0].text


def modules_of(picture: Locator) -> int:
    """Modules on a side of a drawn code, without its quiet zone of four."""
    box = picture.get_attribute("viewBox") or ""
    return int(box.split()[2]) - 8
