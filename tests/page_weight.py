"""Weigh each kind of page of a running site, as a phone on a slow line would feel it.

    python -m tests.page_weight http://localhost:8000

Each page is opened in Chromium with an empty cache, four times slower than this machine and over a line of 1.6 Mbit/s
with 150 ms to the server and back (what Lighthouse calls a slow 4G). The table gives what came over the line, in how
many requests, when the first and the largest paint were, how much the page jumped, and how many elements it has. Ends
with status 1 where a page exceeds the budget.
"""

import argparse
import shutil
import sys
from dataclasses import asdict, astuple, dataclass
from urllib.request import urlopen
from xml.etree import ElementTree

from playwright.sync_api import Browser, sync_playwright

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
SLOWER = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
PHONE = {"width": 390, "height": 844}
WATCH = """
window.seen = {largest: 0, shift: 0};
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.largest = one.startTime })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.shift += one.value })
  .observe({type: "layout-shift", buffered: true});
"""
READ = """() => ({...seen, elements: document.querySelectorAll("*").length,
  first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0})"""


@dataclass(frozen=True)
class Weight:
    """What one page weighs. Paints are in milliseconds after the request."""

    address: str
    kilobytes: float
    requests: int
    first_paint: int
    largest_paint: int
    shift: float
    elements: int


BUDGET = Weight(
    "budget", kilobytes=150, requests=12, first_paint=1_800, largest_paint=2_500, shift=0.01, elements=8_000
)


def weigh(browser: Browser, address: str) -> Weight:
    """Open one page as a phone would."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    received: list[float] = []
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    devtools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.add_init_script(WATCH)
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(500)
    seen = page.evaluate(READ)
    context.close()
    return Weight(
        address,
        round(sum(received) / 1000, 1),
        len(received),
        round(seen["first"]),
        round(seen["largest"]),
        round(seen["shift"], 3),
        seen["elements"],
    )


def one_of_each(site: str) -> list[str]:
    """A page of each kind that the sitemap tells of, and the map of the digest."""
    with urlopen(f"{site}/sitemap.xml") as answer:
        paths = [f"/{node.text.split('/', 3)[3]}" for node in ElementTree.parse(answer).iter(LOC)]
    digest = next((path for path in paths if path.count("/") == 4 and "/w" in path), None)
    kinds = [
        *("/", "/about/", "/search/?q=reasoning"),
        digest,
        digest and f"{digest}map/",
        *(next((path for path in paths if part in path), None) for part in ("/archive/", "/topics/", "/papers/")),
    ]
    return [kind for kind in kinds if kind]


def over_budget(weight: Weight) -> list[str]:
    """The measures in which a page exceeds the budget."""
    most = asdict(BUDGET)
    return [name for name, value in asdict(weight).items() if name != "address" and value > most[name]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", nargs="?", default="http://localhost:8000")
    site = parser.parse_args().site.rstrip("/")
    columns = ("page", "kB", "requests", "first ms", "largest ms", "shift", "elements")
    layout = "{:32} {:>7} {:>9} {:>9} {:>11} {:>6} {:>9}"
    print(layout.format(*columns))
    failed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for path in one_of_each(site):
            weight = weigh(browser, site + path)
            print(layout.format(path, *astuple(weight)[1:]), flush=True)
            failed += [f"{path}: {name}" for name in over_budget(weight)]
        browser.close()
    print(layout.format(*astuple(BUDGET)))
    for one in failed:
        print(f"Over budget: {one}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
