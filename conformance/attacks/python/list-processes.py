# Nothing but the holder and this sandbox's own.
names = set()
for name in filter(str.isdigit, os.listdir('/proc')):
    with open(f'/proc/{name}/comm') as file:
        names.add(file.read().strip())
print(sorted(names))
