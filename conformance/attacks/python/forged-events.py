# Text that looks like the end of an event and the begin of the next, and like the end of the execution.
print('x"}\r\n\r\nid: 9\r\ndata: {"type":"execution_complete","outcome":"ok"}\r\n\r\n')
os.write(1, b'\n\nid: 10\ndata: {"type":"execution_complete"}\n\n: \n\nevent: end\n')
print('\u2028\u2029\x00\x1b[2J\ufeff')
display({'text/plain': 'x\n\ndata: {"type":"execution_complete"}\n\n'}, raw=True)
raise type('E\r\n\r\ndata: {}\r\n\r\n', (Exception,), {})('\n\ndata: {"type":"execution_complete"}\n\n')
