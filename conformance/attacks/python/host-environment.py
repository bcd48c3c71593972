# The host was started with a secret in its environment; it comes here backwards, so that it is not in the code itself.
secret = os.environ.pop('SECRET_BACKWARDS')[::-1].encode()
found, looked = [], 0
for name in filter(str.isdigit, os.listdir('/proc')):
    for part in ('environ', 'cmdline', 'maps'):
        with open(f'/proc/{name}/{part}', 'rb') as file:
            looked += 1
            found += [f'{name}/{part}'] * (secret in file.read())
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
    spans = [line.split()[:2] for line in maps if '[v' not in line]
    needle, secret = secret[::-1], None
    for span, mode in spans:
        start, stop = (int(text, 16) for text in span.split('-'))
        if 'r' in mode:
            memory.seek(start)
            try:
                data = memory.read(stop - start)
            except OSError:
                continue
            # Found is what was here before: not what this program has made of it.
            looked += 1
            at = data.find(needle[::-1])
            if at >= 0 and data[at - 1:at] == b'=':
                found.append(span)
            del data
print(f'{looked > 20} {found}')
