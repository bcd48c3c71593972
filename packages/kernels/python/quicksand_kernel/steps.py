"""System calls and comparisons in a row, with nothing of Python's between them: while Python runs, it writes to its memory, whatever it does.

A step is eight words of 64 bits; the last one is a call. The routine is machine code, for 64-bit x86; it takes the address of the first step and how
many there are, and gives how many were left when a call gave something else than it was to give.
"""

import builtins
import ctypes
import mmap
import os
from array import array

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_ROUTINE = bytes.fromhex(
    '53'           # 00  push rbx
    '41 54'        #     push r12
    '48 89 fb'     #     mov  rbx, rdi          the step
    '49 89 f4'     #     mov  r12, rsi          how many there are from here on
    '49 83 ec 01'  # 09  sub  r12, 1
    '7c 4d'        #     jl   5c
    '48 8b 03'     #     mov  rax, [rbx]        the number of a call, or below 0
    '48 85 c0'     #     test rax, rax
    '78 26'        #     js   3d
    '48 8b 7b 08'  #     mov  rdi, [rbx+08]     what it is called with
    '48 8b 73 10'  #     mov  rsi, [rbx+10]
    '48 8b 53 18'  #     mov  rdx, [rbx+18]
    '4c 8b 53 20'  #     mov  r10, [rbx+20]
    '4c 8b 43 28'  #     mov  r8,  [rbx+28]
    '4c 8b 4b 30'  #     mov  r9,  [rbx+30]
    '0f 05'        #     syscall
    '48 3b 43 38'  #     cmp  rax, [rbx+38]     what it is to give
    '75 25'        #     jne  5c
    '48 83 c3 40'  #     add  rbx, 40
    'eb cc'        #     jmp  09
    '48 8b 7b 08'  # 3d  mov  rdi, [rbx+08]     two pieces of memory
    '48 8b 73 10'  #     mov  rsi, [rbx+10]
    '48 8b 4b 18'  #     mov  rcx, [rbx+18]     of so many words
    'f3 48 a7'     #     repe cmpsq
    '74 08'        #     je   56
    '49 83 ec 01'  #     sub  r12, 1            they differ: without the next step
    '48 83 c3 40'  #     add  rbx, 40
    '48 83 c3 40'  # 56  add  rbx, 40
    'eb ad'        #     jmp  09
    '49 8d 44 24 01'  # 5c  lea rax, [r12+1]
    '41 5c'        #     pop  r12
    '5b'           #     pop  rbx
    'c3'           #     ret
)
_COMPARISON = (1 << 64) - 1
_WORD, _STEP_WORDS, _MOST_ARGUMENTS = 8, 8, 6
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


class Steps:
    """What is to be done, in its order."""

    def __init__(self):
        self.words = array('Q')

    def call(self, number, *arguments, result=0):
        """A system call, behind which nothing more happens if it gives anything else than `result`."""
        self.words.extend((number, *arguments, *(0,) * (_MOST_ARGUMENTS - len(arguments)), result))

    def skip_unless_same(self, one, other, size):
        """Leave out the next step where the `size` bytes at two addresses differ."""
        self.words.extend((_COMPARISON, one, other, size // _WORD, 0, 0, 0, 0))


class Routine:
    """Made once: OSError where this processor or this Linux does not run such code."""

    def __init__(self):
        if os.uname().machine != 'x86_64' or ctypes.sizeof(ctypes.c_void_p) != _WORD:
            raise OSError('there is no routine for this processor')
        self._code = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._code.write(_ROUTINE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._code))
        if _libc.mprotect(address, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_EXEC):
            raise OSError(ctypes.get_errno(), 'memory cannot be made executable')
        # It keeps the lock of the interpreter.
        self._run = ctypes.PYFUNCTYPE(ctypes.c_long, ctypes.c_void_p, ctypes.c_long)(address)

    def run(self, steps):
        """Raises OSError where a call gave something else."""
        address, words = steps.words.buffer_info()
        left = self._run(address, words // _STEP_WORDS)
        if left:
            raise OSError(f'a system call failed, and {left} of {words // _STEP_WORDS} steps were not taken')
