"""`dataclass` with slots, frozen or not, for a fifth of its cost. Everything else is handed to the standard library's.

The standard one compiles three to six methods for every class, which takes half a millisecond to one: a command that imports eighty classes
spent half its time so. Here only `__init__` is compiled, and only for classes of which there comes to be an instance; the other methods are
shared. Type checkers see the standard decorator.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - exported
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(cls=None, /, *, frozen=False, slots=False, **others):
        """As `dataclasses.dataclass`; instances of classes with slots compare, hash, print and, if frozen, refuse changes as theirs do."""
        if cls is not None or not slots or others:
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, **others)
        return _frozen if frozen else _mutable

    def _frozen(cls):
        return _light(cls, _SHARED)

    def _mutable(cls):
        return _light(cls, {"__hash__": None})

    def _light(cls, shared):
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
        fields = dataclasses.fields(made)

        def first(self, *values, **named):
            made.__init__ = _initialiser(made, fields)
            made.__init__(self, *values, **named)

        made.__init__ = first
        compared = [field.name for field in fields if field.compare]
        values = attrgetter(*compared) if compared else lambda _: ()
        shown = [field.name for field in fields if field.repr]

        def equal(self, other):
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def hashed(self):
            return hash(values(self))

        def told(self):
            return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

        for name, method in {"__eq__": equal, "__hash__": hashed, "__repr__": told, **shared}.items():
            # A class may bring its own.
            if name not in cls.__dict__:
                setattr(made, name, method)
        return made

    def _initialiser(made, fields):
        """The one method that is compiled: it sets each slot through its descriptor, past the refusal of changes."""
        names = {"__builtins__": {}, "MISSING": dataclasses.MISSING}
        arguments, body = [], []
        for number, field in enumerate(fields):
            names[f"set{number}"] = getattr(made, field.name).__set__
            value = field.name
            if field.default_factory is not dataclasses.MISSING:
                names[f"make{number}"] = field.default_factory
                value = f"make{number}()"
                if field.init:
                    arguments.append(f"{field.name}=MISSING")
                    value += f" if {field.name} is MISSING else {field.name}"
            elif field.default is not dataclasses.MISSING:
                names[f"default{number}"] = field.default
                value = field.name if field.init else f"default{number}"
                if field.init:
                    arguments.append(f"{field.name}=default{number}")
            else:
                arguments.append(field.name)
            body.append(f" set{number}(self, {value})")
        exec(f"def __init__(self, {', '.join(arguments)}):\n" + "\n".join(body or [" pass"]), names)  # noqa: S102 - names of our own fields
        return names["__init__"]

    def _no_change(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _no_removal(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _state(self):
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def _restore(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)

    _SHARED = {"__setattr__": _no_change, "__delattr__": _no_removal, "__getstate__": _state, "__setstate__": _restore}
