raise type('Quicksand.OutOfMemory', (Exception,), {})('not really')
