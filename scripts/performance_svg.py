"""A chart of horizontal bars as SVG, for performance_charts.py."""
from xml.sax.saxutils import escape

# Told apart by colour-blind readers (Okabe and Ito).
BLUE, ORANGE, GREEN, GREY, SKY, RED, PURPLE, YELLOW = ("#0072b2", "#e69f00", "#009e73", "#999999", "#56b4e9", "#d55e00",
                                                       "#cc79a7", "#f0e442")
BAR, GAP, TOP, LEFT, WIDTH, RIGHT, LINE = 13, 12, 66, 200, 420, 130, 15


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def rect(x, y, width, colour, about):
    return (f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0.5):.1f}" height="{BAR - 2}" fill="{colour}">'
            f'<title>{escape(about)}</title></rect>')


def key_of(legend):
    """The legend's lines, and how far they push the bars down."""
    key, x, y = [], LEFT, 38
    for name, colour in legend:
        width = 28 + 6.2 * len(name)
        if x > LEFT and x + width > LEFT + WIDTH + RIGHT:
            x, y = LEFT, y + LINE
        key += [rect(x, y, 11, colour, name), text(x + 16, y + 10, name)]
        x += width
    return key, y - 38


def chart(title, unit, legend, groups, foot="", mark=None):
    """legend: (name, colour); groups: (name, [bar]); bar: ([(value, place in the legend)], label), its parts one after
    the other; mark: a value that gets a line."""
    most = max(sum(v for v, _ in parts) for _, bars in groups for parts, _ in bars)
    key, shift = key_of(legend)
    top = TOP + shift
    y, body = top, []
    for name, bars in groups:
        body.append(text(LEFT - 10, y + len(bars) * BAR / 2 + 3, name, "end"))
        for parts, label in bars:
            x = LEFT
            for value, place in parts:
                width = value / most * WIDTH
                body.append(rect(x, y, width, legend[place][1], f"{name}, {legend[place][0]}: {value:.3g} {unit}"))
                x += width
            body.append(text(x + 6, y + BAR - 3, label))
            y += BAR
        y += GAP
    end = y
    lines = [f'<line x1="{LEFT}" y1="{top - 6}" x2="{LEFT}" y2="{end - GAP + 6}" stroke="#777"/>']
    if mark is not None:
        x = LEFT + mark / most * WIDTH
        lines.append(f'<line x1="{x:.1f}" y1="{top - 6}" x2="{x:.1f}" y2="{end - GAP + 6}" stroke="#777" '
                     'stroke-dasharray="3 3"/>')
    if foot:
        lines.append(text(16, end + 6, foot, more=' fill="#555"'))
        end += LINE
    size = (LEFT + WIDTH + RIGHT, end + 8)
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" '
            'font-family="sans-serif" font-size="11" fill="#222">', f'<rect width="{size[0]}" height="{size[1]}" fill="#fff"/>',
            text(16, 24, title, more=' font-size="14"')]
    return "\n".join(head + key + body + lines + ["</svg>", ""])
