"""`dataclass` with slots, frozen or not, for a tenth of its cost. Everything else is handed to the standard library's.

The standard one compiles three to six methods for every class and asks much of each field: half a millisecond to one, and a command that
imports eighty classes spent half its time so. Here the methods are shared, the class is made once, and `__init__` is compiled only for a
class of which there come to be many instances. What the standard library keeps of a dataclass (for `fields`, `replace`, `asdict`) it works
out when it is first asked. Type checkers see the standard decorator.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - exported
else:
    import dataclasses
    from dataclasses import MISSING, Field
    from operator import attrgetter

    # Compiling takes as long as some fifty instances take without it.
    _MANY = 40

    def dataclass(cls=None, /, *, frozen=False, slots=False, **others):
        """As `dataclasses.dataclass`; instances of classes with slots compare, hash, print and, if frozen, refuse changes as theirs do."""
        if cls is not None or not slots or others:
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, **others)
        return _frozen if frozen else _mutable

    def _frozen(cls):
        return _light(cls, _SHARED) or dataclasses.dataclass(cls, frozen=True, slots=True)

    def _mutable(cls):
        return _light(cls, {"__hash__": None}) or dataclasses.dataclass(cls, slots=True)

    def _light(cls, shared):
        own = cls.__dict__
        # By name: the value that stands for one that is not given, what makes it, and whether it can be given, is compared and is shown.
        arguments = {}
        for base in cls.__mro__[-2:0:-1]:
            if "_arguments" not in base.__dict__:
                return None
            arguments |= base._arguments
        inherited = tuple(arguments)
        for name in cls.__annotations__:
            default = own.get(name, MISSING)
            if default.__class__ is Field:
                arguments[name] = (default.default, default.default_factory, default.init, default.compare, default.repr)
            elif default.__class__.__hash__ is None:
                raise ValueError(f"mutable default {type(default)} for field {name} is not allowed: use default_factory")
            else:
                arguments[name] = (default, MISSING, True, True, True)
        compared = [name for name, each in arguments.items() if each[3]]
        shown = [name for name, each in arguments.items() if each[4]]
        values = attrgetter(*compared) if compared else lambda _: ()

        def equal(self, other):
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def hashed(self):
            return hash(values(self))

        def told(self):
            return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

        # A class may bring methods of its own.
        body = {"__eq__": equal, "__hash__": hashed, "__repr__": told, **shared, **own}
        for name in ("__dict__", "__weakref__", *arguments):
            body.pop(name, None)
        body["_arguments"] = arguments
        body["__slots__"] = tuple(name for name in arguments if name not in inherited)
        body["__match_args__"] = tuple(name for name, each in arguments.items() if each[2])
        body["__qualname__"] = cls.__qualname__
        body["__dataclass_fields__"], body["__dataclass_params__"] = _Kept(cls), _Kept(cls)
        made = type(cls)(cls.__name__, cls.__bases__, body)
        made.__init__ = _beginning(made, arguments)
        return made

    class _Kept:
        """Stands for what the standard library keeps of a class, until somebody asks."""

        def __init__(self, cls):
            self.cls = cls

        def __set_name__(self, made, name):
            self.made, self.name = made, name

        def __get__(self, instance, owner):
            # The class as it was written has its defaults still.
            kept = getattr(dataclasses.dataclass(init=False, repr=False, eq=False)(self.cls), self.name)
            setattr(self.made, self.name, kept)
            return kept

    def _beginning(made, arguments):
        """The `__init__` of the first instances. What it cannot serve is for the compiled one, which complains as Python does."""
        given = tuple((name, default, make) for name, (default, make, init, *_) in arguments.items() if init)
        fixed = tuple((name, default, make) for name, (default, make, init, *_) in arguments.items() if not init)
        put = object.__setattr__
        left = _MANY

        def begin(self, *values, **named):
            nonlocal left
            left -= 1
            missing = left < 0 or len(values) > len(given)
            used = 0
            for (name, _, _), value in zip(given, values, strict=False):
                put(self, name, value)
            for name, default, make in given[len(values) :]:
                if name in named:
                    used += 1
                    put(self, name, named[name])
                elif make is not MISSING:
                    put(self, name, make())
                elif default is not MISSING:
                    put(self, name, default)
                else:
                    missing = True
            if missing or used < len(named):
                made.__init__ = _compiled(made, arguments)
                made.__init__(self, *values, **named)
                return
            for name, default, make in fixed:
                if make is not MISSING:
                    put(self, name, make())
                elif default is not MISSING:
                    put(self, name, default)

        return begin

    def _compiled(made, arguments):
        """The one method that is compiled. Where changes are refused it sets each slot through its descriptor."""
        frozen = made.__setattr__ is not object.__setattr__
        names = {"__builtins__": {}, "MISSING": MISSING}
        heads, body = [], []
        for number, (name, (default, make, given, *_)) in enumerate(arguments.items()):
            names[f"set{number}"] = getattr(made, name).__set__
            value = name
            if make is not MISSING:
                names[f"make{number}"] = make
                value = f"make{number}()"
                if given:
                    heads.append(f"{name}=MISSING")
                    value += f" if {name} is MISSING else {name}"
            elif default is not MISSING:
                names[f"default{number}"] = default
                value = name if given else f"default{number}"
                if given:
                    heads.append(f"{name}=default{number}")
            elif given:
                heads.append(name)
            else:
                continue
            body.append(f" set{number}(self, {value})" if frozen else f" self.{name} = {value}")
        exec(f"def __init__(self, {', '.join(heads)}):\n" + "\n".join(body or [" pass"]), names)  # noqa: S102 - names of our own fields
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
