"""Tensors in safetensors files (https://github.com/huggingface/safetensors): read by mapping, written whole or not at all."""
import json
import os

import numpy

TYPES = {"F32": numpy.float32, "I32": numpy.int32, "I64": numpy.int64}


def read(path):
    """Arrays by name, mapped from the file: nothing is read before it is used."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    size = os.path.getsize(path)
    data = numpy.memmap(path, numpy.uint8, "r") if size > 8 + length else numpy.empty(size, numpy.uint8)
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        if end > size:
            raise ValueError(f"{path} is shorter than its header says. Copy it again.")
        arrays[name] = data[start:end].view(TYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays


def write(path, arrays):
    """Writes arrays by name, float32 or int32, to a temporary file beside `path`, which then takes its place."""
    names = {numpy.dtype(kind): name for name, kind in TYPES.items()}
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, array in sorted(arrays.items()):
        end = offset + array.nbytes
        header[name] = {"dtype": names[array.dtype], "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, array in sorted(arrays.items()):
            file.write(numpy.ascontiguousarray(array).tobytes())
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)
