"""Text that anybody may have written, as Markdown of GitHub, HTML and workflow commands: it says only what it says.

Nothing in it formats, links, mentions somebody, refers to an issue, ends what it stands in, or hides behind characters
that nobody sees: control characters and those that turn the direction of writing are written out.
"""

import html
import re

from breakwater.values import printable

_NOTHING = "&#8203;"
"""A space without width: it keeps GitHub from finding a mention, a reference or an address in a text."""
_PLAIN = {char: f"\\{char}" for char in "\\*_[]~`"} | {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&#124;",
    "$": "<span>$</span>",  # else a formula, if there are two
    "@": f"@{_NOTHING}",
    "#": f"#{_NOTHING}",
}
_PLAIN_TABLE = str.maketrans(_PLAIN)
_LINKS = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)|(?<=gh)(?=-\d)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)")
_STARTS = re.compile(r"[-+=:\s]|\d+[.)]")
"""How a line begins that could be a list, a heading, a rule or code."""


def visible(text: str) -> str:
    """The text in one line, with everything in it to be seen."""
    return printable(text).replace("\n", "\\n")


def markdown(text: str) -> str:
    """As plain text."""
    found = _LINKS.sub("\0", visible(text))
    return found.translate(_PLAIN_TABLE).replace("\0", _NOTHING)


def begun(line: str) -> str:
    """A line of Markdown that is a line, whatever it begins with."""
    return f"{_NOTHING}{line}" if _STARTS.match(line) else line


def markdown_code(text: str) -> str:
    """As code; plain where that would not be safe in a table."""
    text = visible(text)
    if "|" in text or not text.strip():
        return markdown(text)
    text = text.replace("<!--", "<\u200b!--")
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def fenced(lines: list[str], language: str = "") -> str:
    """Lines as a block of code that none of them ends."""
    shown = [visible(text).replace("<!--", "<\u200b!--") for text in lines]
    fence = "`" * max(3, 1 + max((len(run) for text in shown for run in re.findall("`+", text)), default=0))
    return "\n".join((f"{fence}{language}", *shown, fence))


def markup(text: str) -> str:
    """As text of HTML."""
    return html.escape(visible(text))


def summary(text: str) -> str:
    """As HTML within Markdown, where GitHub still looks for mentions, references and addresses."""
    found = _LINKS.sub("\0", visible(text))
    found = html.escape(found).replace("@", f"@{_NOTHING}").replace("$", "<span>$</span>")
    return re.sub("(?<!&)#", f"#{_NOTHING}", found).replace("\0", _NOTHING)


def data(text: str) -> str:
    """As the message of a workflow command."""
    lines = (printable(line) for line in text.split("\n"))
    return "\n".join(lines).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def option(text: str) -> str:
    """As the value of a workflow command's property."""
    return data(visible(text)).replace(":", "%3A").replace(",", "%2C")
