"""What is wrong with a page, each fault as a line of text: while it runs, and for people who cannot see or scroll."""

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.chromium import SCREENS

RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "dark": ["color-contrast", "link-in-text-block"],  # all else is the same in the dark
}
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", each =>
    console.error(`refused by the policy: ${each.violatedDirective} ${each.blockedURI} ${each.sample}`))"""
CANCELLED = "net::ERR_ABORTED"  # a download, or a page that was left: nobody failed


def note_faults(context, site, faults):
    """Write down every JavaScript error, console error, failed request and foreign host, of all pages."""

    def failed(request):
        if request.failure != CANCELLED:
            faults.append(f"request failed: {request.url} ({request.failure})")

    def foreign(request):
        if not request.url.startswith((f"{site}/", "data:", "blob:")):
            faults.append(f"another host was asked: {request.url}")

    def complained(message):
        if message.type == "error":
            faults.append(f"console: {message.text} ({message.location['url']})")

    context.add_init_script(TELL_VIOLATIONS)
    context.on("weberror", lambda error: faults.append(f"JavaScript: {error.error}"))
    context.on("console", complained)
    context.on("requestfailed", failed)
    context.on("request", foreign)


def barriers(page):
    """What keeps somebody out of the page as it stands, and what makes it scroll sideways.

    In light and in dark, then in light on the other screen's width; afterwards it stands as before.
    """
    page.evaluate(AXE_SCRIPT)
    found = [*_violations(page, "dark"), *_violations(page, "light"), *_sideways(page)]
    own = page.viewport_size
    (other,) = (each["viewport"] for each in SCREENS.values() if each["viewport"] != own)
    page.set_viewport_size(other)
    found += [*_violations(page, "light"), *_sideways(page)]
    page.set_viewport_size(own)
    return found


def _violations(page, scheme):
    page.emulate_media(color_scheme=scheme)
    results = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES[scheme])
    return [
        f"{scheme}: {violation['id']}: {violation['help']}: {' '.join(map(str, node['target']))}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


def _sideways(page):
    """Compared with the screen, not with `innerWidth`, which on a phone grows with what is too wide."""
    width = page.evaluate("document.scrollingElement.scrollWidth")
    screen = page.viewport_size["width"]
    return [f"scrolls sideways: {width} px wide on a screen of {screen}"] if width > screen else []
