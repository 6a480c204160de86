"""A look at cleaned HTML by somebody who trusts nobody: whatever could run, load or leave its place."""

from __future__ import annotations

from html.parser import HTMLParser

FORBIDDEN = {
    "script", "style", "iframe", "frame", "object", "embed", "applet", "base", "meta", "link", "form", "input", "button",
    "svg", "math", "template", "noscript", "audio", "video", "source", "body", "html", "head", "title", "textarea",
}  # fmt: skip
LOADING = {"src", "srcset", "background", "poster", "data", "lowsrc", "dynsrc", "longdesc", "ping"}
HARMLESS = ("cid:", "data:image/")
LEAVING = ("http://", "https://", "mailto:", "tel:", "#")


class _Look(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN:
            self.found.append(f"element {tag}")
        for name, value in attrs:
            text = "".join((value or "").split()).lower()
            if name.startswith("on") or name in ("formaction", "srcdoc", "id", "name"):
                self.found.append(f"attribute {name}")
            elif name in LOADING and not text.startswith(HARMLESS):
                self.found.append(f"loads {text[:60]}")
            elif name == "href" and not text.startswith(LEAVING):
                self.found.append(f"leads to {text[:60]}")
            elif name == "target" and text != "_blank":
                self.found.append(f"opens in {text}")
            elif name == "style" and any(sign in text for sign in ("url(", "expression", "position", "@import", "\\")):
                self.found.append(f"loads or moves by style {text[:60]}")


def dangers(html: str) -> list[str]:
    """Everything in cleaned HTML that should not have been left."""
    look = _Look()
    look.feed(html)
    look.close()
    return look.found
