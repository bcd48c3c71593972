"""The Python kernel of Quicksand, the zygote that it is forked from and the door into a sandbox.

The contract with the host is docs/kernel-channel.md; rules cited as R… and I… are those of the design.
"""
