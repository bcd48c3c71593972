"""Traits of IPython's objects without the calls of traitlets: a cell asks for some thirty of them."""

import builtins

from traitlets import All

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


def peek(thing, name):
    """The value of a trait. As an attribute, Python gets it by two functions of traitlets that are called from C."""
    values = thing._trait_values
    # One that nobody has asked for is not made yet.
    return values[name] if name in values else getattr(thing, name)


def put(thing, name, value):
    """Set a trait to what is right for it. Where nobody watches it, nothing needs to be checked, compared or told."""
    watched = thing._trait_notifiers
    if any(watched.get(name, {}).values()) or any(watched.get(All, {}).values()):
        setattr(thing, name, value)
    else:
        thing._trait_values[name] = value
