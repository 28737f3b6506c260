"""PyTorch's pickles, read as data: nothing that they name is ever imported or called.

A pickle is a program for a small stack machine. Python's own machine calls what the program tells
it to, which is how reading a file can run foreign code. This one knows the instructions that
PyTorch's files are made of, and what it puts on its stack are plain values, plain containers,
:class:`Name`, :class:`Instance` and :class:`Storage`, none of which does anything.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any


class Name(str):
    """Dotted name of a class or function, such as ``torch.nn.modules.linear.Linear``."""


# The text of one may be far longer than the pickle, so none is made.
@dataclass(eq=False, repr=False)
class Instance:
    """Placeholder of an object that the file would have made; keeps its arguments.

    Attributes:
        name: Of its class, or of the function that would have made it.
        args: Arguments of that call.
        state: What its ``__setstate__`` would have got; a dict of attributes for most classes.
        items: What was to be put in, if it is a container: values, or keys and values in turn.
    """

    name: Name
    args: tuple
    state: Any = None
    items: list = field(default_factory=list)


@dataclass(eq=False, repr=False)
class Storage:
    """Reference to numbers elsewhere in the file.

    Attributes:
        kind: Such as ``torch.FloatStorage``.
        key: What they are called.
        location: Device that they were on.
        numel: How many they are.
        view: Part of another storage that they are; no current version of PyTorch writes that.
    """

    kind: Name
    key: str
    location: str
    numel: int
    view: Any = None

    def __post_init__(self) -> None:
        types = type(self.kind), type(self.key), type(self.numel)
        if types != (Name, str, int):
            raise TypeError("a storage without kind, key or size")


#: Containers that are made by a call; sets under their names in Python 2 and 3.
_DICTS = {"collections.OrderedDict", "collections.defaultdict"}
_SETS = {"builtins.set", "__builtin__.set"}

#: Calls in files of whole modules. They too are only recorded.
_HARMLESS_CALLS = {
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.Size",
    "torch.device",
    "functools.partial",  # A torchvision transformer keeps its kind of normalisation as one.
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "_codecs.encode",
}

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_EMPTY: dict[str, Callable[[], Any]] = {
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
_LITERALS = {
    *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def read_pickle(stream: IO[bytes], storages: dict[str, Storage] | None = None) -> Any:
    """The next pickle of a stream, inert; the stream is then at its end.

    Args:
        stream: Open file.
        storages: Is filled with all storages that the pickle names, by their keys.

    Raises:
        ValueError: If it calls a function or uses an instruction that weights do not need, or it is
            damaged.
    """
    machine = _Machine({} if storages is None else storages)
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            machine.run(opcode.name, argument)
        return machine.stack.pop()
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"a damaged pickle ({type(error).__name__}: {error})") from error


class _Machine:
    def __init__(self, storages: dict[str, Storage]) -> None:
        self.storages = storages
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self, name: str, argument: Any) -> None:
        """One instruction, by its name in :mod:`pickletools`."""
        if name in _LITERALS:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self.stack.append(tuple(self.pop(_TUPLES[name])))
        elif name in _INSTRUCTIONS:
            _INSTRUCTIONS[name](self, argument)
        else:
            raise ValueError(f"it uses the instruction {name}, which weights do not need")

    def pop(self, count: int | None = None) -> list[Any]:
        """Takes the top entries, or all above the last mark."""
        start = self.marks.pop() if count is None else len(self.stack) - count
        if not 0 <= start <= len(self.stack):
            raise IndexError("pop from an empty stack")
        taken = self.stack[start:]
        del self.stack[start:]
        return taken

    def mark(self, _: Any) -> None:
        self.marks.append(len(self.stack))

    def tuple_to_mark(self, _: Any) -> None:
        self.stack.append(tuple(self.pop()))

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def get(self, index: int) -> None:
        self.stack.append(self.memo[index])

    def name(self, argument: str) -> None:
        self.stack.append(Name(argument.replace(" ", ".", 1)))

    def name_from_stack(self, _: Any) -> None:
        self.stack.append(Name(".".join(self.pop(2))))

    def persistent(self, _: Any) -> None:
        """Object outside the pickle: a tensor's numbers; a class and, once, its source."""
        ((kind, *values),) = self.pop(1)
        if kind not in ("storage", "module"):
            raise ValueError("it refers to something other than tensors")
        if kind == "storage":
            storage = Storage(*values)
            self.storages[storage.key] = storage
        self.stack.append(storage if kind == "storage" else values[0])

    def new(self, _: Any) -> None:
        """Would make an object of a class."""
        made_by, args = self.pop(2)
        if type(made_by) is not Name or type(args) is not tuple:
            raise TypeError("an object without class or arguments")
        if made_by in _DICTS:
            self.stack.append({})
        elif made_by in _SETS:
            self.stack.append(set())
            self.put_in(list(*args))
        else:
            self.stack.append(Instance(made_by, args))

    def call(self, _: Any) -> None:
        """Would call a function."""
        function = self.stack[-2]
        if type(function) is Name and function not in _HARMLESS_CALLS | _DICTS | _SETS:
            raise ValueError(f"it calls {function}, which weights do not need")
        self.new(None)

    def build(self, _: Any) -> None:
        """Would set an object's state."""
        (state,) = self.pop(1)
        if isinstance(self.stack[-1], Instance):
            self.stack[-1].state = state
        elif not isinstance(self.stack[-1], dict):  # An OrderedDict's attributes are left out.
            raise TypeError("state for what is no object")

    def put_in(self, items: list[Any]) -> None:
        """Puts values, or keys and values in turn, in what stands on top."""
        target = self.stack[-1]
        if isinstance(target, Instance):
            target.items += items
        elif isinstance(target, dict):
            target.update(zip(_keys(items[::2]), items[1::2], strict=True))
        elif isinstance(target, set):
            target.update(_keys(items))
        elif isinstance(target, list):
            target += items
        else:
            raise TypeError("items for what is no container")


def _keys(values: list[Any]) -> list[Any]:
    """The values, which must be no tuples: to hash a deeply nested one ends the process."""
    if any(isinstance(value, tuple) for value in values):
        raise TypeError("a tuple as a key")
    return values


_INSTRUCTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "MARK": _Machine.mark,
    "TUPLE": _Machine.tuple_to_mark,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.memoize,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.name_from_stack,
    "BINPERSID": _Machine.persistent,
    "NEWOBJ": _Machine.new,
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
    "APPEND": lambda machine, _: machine.put_in(machine.pop(1)),
    "APPENDS": lambda machine, _: machine.put_in(machine.pop()),
    "ADDITEMS": lambda machine, _: machine.put_in(machine.pop()),
    "SETITEM": lambda machine, _: machine.put_in(machine.pop(2)),
    "SETITEMS": lambda machine, _: machine.put_in(machine.pop()),
}
