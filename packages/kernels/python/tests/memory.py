"""Code that looks for a text in the whole memory of the process that runs it."""

_FINDING = '''
half, rest = {half!r}, {rest!r}
found = 0
for line in open('/proc/self/maps'):
    span, mode, *_ = line.split()
    if 'r' not in mode or '[v' in line:
        continue
    start, stop = (int(x, 16) for x in span.split('-'))
    with open('/proc/self/mem', 'rb', 0) as file:
        file.seek(start)
        try:
            data = file.read(stop - start)
        except OSError:
            continue
    at = data.find(rest)
    while at >= 0:
        found += at >= len(half) and all(data[at - 1 - n] == half[n] for n in range(len(half)))
        at = data.find(rest, at + 1)
    del data
[found]
'''


def finding(text):
    """Code whose last value is [how often `text` is there]. It holds the text in two pieces, of which one is backwards, so that it does not find itself."""
    middle = len(text) // 2
    return _FINDING.format(half=text[:middle][::-1].encode(), rest=text[middle:].encode())
