"""What takes the place of a function of Python looks like that function, to code and to pickle."""


def stand_in(real, module):
    """Name a function as `real` is named in `module`, where it takes its place: another process that pickle sends it to uses its own."""
    def name(function):
        function.__module__, function.__doc__ = module, real.__doc__
        function.__name__ = function.__qualname__ = real.__name__
        return function

    return name
