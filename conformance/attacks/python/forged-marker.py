marker = b'\0QS\x01' + b'0' * 32 + b'\x01\0\0\0' + b'\0'
for _ in range(3):
    os.write(1, marker)
print('text')
