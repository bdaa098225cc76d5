#!/usr/bin/env python3
"""Goes on with a training run of Maskwright in PyTorch: the same rows, masks, weights and updates, on any machine.

    python3 train.py                                    one process, on a GPU where there is one
    torchrun --nproc_per_node 8 train.py                eight GPUs
    accelerate launch --config_file accelerate.yaml train.py

The batch is the recipe's whatever the number of processes: each takes its share of the rows. A run that was stopped
goes on from its newest checkpoint. Needs PyTorch and NumPy; reads and writes no pickle.
"""
import argparse
import contextlib
import json
import math
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import torch
import torch.distributed as distributed
import torch.nn.functional as F

import tensor_file
from batches import BatchPlan, Rows, collate
from masking import Pieces
from model import MaskedLanguageModel
from optimizers import create_optimizers, learning_rate_factor, restore_state, spent_share, state_arrays

HERE = os.path.dirname(os.path.abspath(__file__))
EVALUATION_MASKING = {
    "strategies": [{"name": "random", "weight": 1}],
    "rate": 0.15,
    "replacement": {"mask": 1, "random": 0, "keep": 0},
}
EVALUATION_SEED = 20_260_101


def main():
    options = parse()
    places = (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))  # torchrun and accelerate set them
    rank, world, local = (int(os.environ.get(name, default)) for name, default in places)
    cuda = torch.cuda.is_available() and options.device != "cpu"
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if world > 1:
        distributed.init_process_group("nccl" if cuda else "gloo")
    try:
        Training(options, rank, world, device).run()
    finally:
        if world > 1:
            distributed.destroy_process_group()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=HERE, help="where checkpoints, metrics.jsonl and model/ go (default: here)")
    parser.add_argument("--steps", type=int, help="a budget of so many steps, in place of the recipe's")
    parser.add_argument("--stop-after", type=int, help="stop with a checkpoint after so many steps; the budget stays")
    parser.add_argument("--micro-rows", type=int, help="rows of a process that are computed at a time, to save memory")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--device", choices=["auto", "cpu"], default="auto")
    return parser.parse_args()


class Training:
    """One stretch of the run in one of `world` processes."""

    def __init__(self, options, rank, world, device):
        self.options, self.rank, self.world, self.device = options, rank, world, device
        self.recipe, self.config = load_json("recipe.json"), load_json("data/encoder.json")
        self.specs, vocabulary = load_json("data/parameters.json"), load_json("data/vocabulary.json")
        self.pieces, self.mask_id = Pieces(vocabulary), vocabulary["maskId"]
        arrays = tensor_file.read(os.path.join(HERE, "data", "rows.safetensors"))
        self.rows, self.held_out = Rows(arrays, "train"), Rows(arrays, "heldOut")
        train = self.recipe["train"]
        self.budget = {"steps": options.steps} if options.steps else train["budget"]
        batch_rows = train["batchTokens"] // self.rows.length
        if batch_rows % world != 0:
            raise SystemExit(f"{world} processes do not divide the {batch_rows} rows of a batch evenly. Choose another number.")
        self.plan = BatchPlan(self.rows.count, batch_rows, train["seed"])
        self.state = {"steps": 0, "tokens": 0, "seconds": 0.0}
        self.stop = False
        os.makedirs(options.out, exist_ok=True)

    def run(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.on_signal)
        model, optimizers = self.load()
        named = dict(model.named_parameters())
        parallel = self.wrap(model)
        began = time.monotonic() - self.state["seconds"]
        train, pool = self.recipe["train"], ThreadPoolExecutor(1)  # makes the next batch while this one is computed
        last = self.options.stop_after or math.inf
        batch = pool.submit(self.batch, self.state["steps"])
        while self.share_spent() < 1 and self.state["steps"] < last and not self.agree(self.stop):
            step = self.state["steps"]
            rate = train["learningRate"] * learning_rate_factor(self.recipe["schedule"], step, self.share_spent())
            ready, batch = batch.result(), pool.submit(self.batch, step + 1)
            loss = self.gradients(parallel, ready)
            norm = torch.nn.utils.clip_grad_norm_(list(named.values()), train["clipNorm"]).item()
            if not math.isfinite(loss) or not math.isfinite(norm):
                raise SystemExit(f"Training broke down at step {step + 1}. Lower train.learningRate in recipe.json and start again: it goes on from the last checkpoint.")
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            self.state["steps"] += 1
            self.state["tokens"] += train["batchTokens"]
            self.state["seconds"] = self.agree_on(time.monotonic() - began)
            self.tell(event="step", step=step + 1, loss=loss, learningRate=rate, gradientNorm=norm, **self.progress())
            if (step + 1) % self.recipe["evaluation"]["everySteps"] == 0:
                self.evaluate(model, self.recipe["evaluation"]["rows"])
            if (step + 1) % self.recipe["checkpoint"]["everySteps"] == 0:
                self.save(named, optimizers)
        pool.shutdown(wait=False)
        self.save(named, optimizers)
        if self.share_spent() >= 1:
            self.evaluate(model, self.recipe["evaluation"]["finalRows"])
            self.save_model(named)

    def load(self):
        """The model and its optimizers: of the newest checkpoint, else the run's first weights."""
        steps = checkpoint_steps(self.options.out) or checkpoint_steps(HERE)
        base = self.options.out if checkpoint_steps(self.options.out) else HERE
        folder = os.path.join(base, "checkpoints", f"step-{steps[-1]}") if steps else os.path.join(HERE, "data", "initial")
        model = MaskedLanguageModel(self.config, tensor_file.read(os.path.join(folder, "model.safetensors")))
        model.to(self.device)
        named = dict(model.named_parameters())
        optimizers = create_optimizers(self.recipe["optimizer"], named, self.specs)
        if steps:
            with open(os.path.join(folder, "state.json")) as file:
                saved = json.load(file)
            self.state = {key: saved[key] for key in self.state}
            arrays = tensor_file.read(os.path.join(folder, "optimizer.safetensors"))
            restore_state(optimizers, named, arrays, self.state["steps"])
            self.say(f"Going on from step {self.state['steps']}.")
        return model, optimizers

    def wrap(self, model):
        if self.world == 1:
            return model
        devices = [self.device.index] if self.device.type == "cuda" else None
        return torch.nn.parallel.DistributedDataParallel(model, device_ids=devices)

    def batch(self, step):
        """This process's rows of a step, masked."""
        rows, epoch = self.plan.at(step)
        mine = rows[self.rank :: self.world]
        return self.collate(self.rows, mine, self.recipe["masking"], self.recipe["train"]["seed"], epoch)

    def collate(self, rows, indices, masking, seed, epoch):
        arrays = collate(
            rows, indices, pieces=self.pieces, masking=masking, mask_id=self.mask_id, seed=seed, epoch=epoch
        )
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

    def gradients(self, model, batch):
        """Adds up the gradients of the batch's mean loss over all processes; gives that loss."""
        masked = torch.tensor(float(len(batch["labels"])), device=self.device)
        if self.world > 1:
            distributed.all_reduce(masked)
        rows = len(batch["inputs"])
        size = min(rows, self.options.micro_rows or rows)
        total = torch.zeros((), device=self.device)
        for start in range(0, rows, size):
            part = self.part(batch, start, min(rows, start + size))
            waits = self.world > 1 and start + size < rows
            with model.no_sync() if waits else contextlib.nullcontext():
                loss = self.loss(model, part) / masked
                (loss * self.world).backward()  # processes are averaged
            total += loss.detach()
        if self.world > 1:
            distributed.all_reduce(total)
        return total.item()

    def part(self, batch, start, end):
        """Rows `start` to `end` of a batch, on the device."""
        length = self.rows.length
        inside = (batch["masked"] >= start * length) & (batch["masked"] < end * length)
        part = {name: batch[name][start:end] for name in ("inputs", "segments", "positions")}
        part["masked"], part["labels"] = batch["masked"][inside] - start * length, batch["labels"][inside]
        return {name: tensor.to(self.device, non_blocking=True) for name, tensor in part.items()}

    def loss(self, model, part):
        return F.cross_entropy(self.logits(model, part), part["labels"], reduction="sum")

    def logits(self, model, part):
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.precision == "bfloat16"):
            return model(part["inputs"], part["segments"], part["positions"], part["masked"]).float()

    @torch.no_grad()
    def evaluate(self, model, most):
        """Loss and top-1 on held-out rows: 15% of the tokens at random by a fixed seed, all replaced by the mask."""
        rows = self.held_out.sample(most, EVALUATION_SEED)
        loss, hits, count = 0.0, 0, 0
        for start in range(0, rows.count, 16):
            indices = list(range(start, min(rows.count, start + 16)))
            batch = self.collate(rows, indices, EVALUATION_MASKING, EVALUATION_SEED, 0)
            part = self.part(batch, 0, len(indices))
            logits = self.logits(model, part)
            loss += F.cross_entropy(logits, part["labels"], reduction="sum").item()
            hits += (logits.argmax(-1) == part["labels"]).sum().item()
            count += len(part["labels"])
        self.tell(event="evaluation", step=self.state["steps"], loss=loss / count, top1=hits / count, tokens=count)

    def save(self, named, optimizers):
        """Writes a checkpoint, whole or not at all, and removes those beyond the newest few."""
        if self.rank > 0:
            return
        folder = os.path.join(self.options.out, "checkpoints")
        target = os.path.join(folder, f"step-{self.state['steps']}")
        temporary = target + ".tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        os.makedirs(temporary)
        tensor_file.write(os.path.join(temporary, "model.safetensors"), arrays_of(named))
        tensor_file.write(os.path.join(temporary, "optimizer.safetensors"), state_arrays(optimizers, named))
        with open(os.path.join(temporary, "state.json"), "w") as file:
            json.dump(self.state, file)
        shutil.rmtree(target, ignore_errors=True)
        os.rename(temporary, target)
        for step in checkpoint_steps(self.options.out)[: -self.recipe["checkpoint"]["keep"]]:
            shutil.rmtree(os.path.join(folder, f"step-{step}"))

    def save_model(self, named):
        """The trained model in Hugging Face's layout, which `maskwright fill --model` and transformers read."""
        if self.rank > 0:
            return
        folder = os.path.join(self.options.out, "model")
        os.makedirs(folder, exist_ok=True)
        for name in os.listdir(os.path.join(HERE, "data", "model")):
            shutil.copyfile(os.path.join(HERE, "data", "model", name), os.path.join(folder, name))
        tensor_file.write(os.path.join(folder, "model.safetensors"), arrays_of(named))
        self.say(f"The model is in {folder}.")

    def share_spent(self):
        return spent_share(self.budget, self.state["steps"], self.state["tokens"], self.state["seconds"])

    def progress(self):
        rate = self.state["tokens"] / max(self.state["seconds"], 1e-6)
        return {"tokens": self.state["tokens"], "tokensPerSecond": rate, "seconds": self.state["seconds"]}

    def agree(self, flag):
        """Whether any process says so: all must take the same step or none."""
        return self.agree_on(1.0 if flag else 0.0) > 0

    def agree_on(self, number):
        """The largest number of all processes."""
        if self.world == 1:
            return number
        shared = torch.tensor(number, device=self.device, dtype=torch.float64)
        distributed.all_reduce(shared, distributed.ReduceOp.MAX)
        return shared.item()

    def on_signal(self, *_):
        self.say("Stopping with a checkpoint after this step.")
        self.stop = True

    def tell(self, **event):
        if self.rank > 0:
            return
        line = json.dumps(event)
        with open(os.path.join(self.options.out, "metrics.jsonl"), "a") as file:
            file.write(line + "\n")
        print(line, flush=True)

    def say(self, text):
        if self.rank == 0:
            print(json.dumps({"message": text}), flush=True)


def load_json(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def arrays_of(named):
    return {name: parameter.detach().float().cpu().numpy() for name, parameter in named.items()}


def checkpoint_steps(folder):
    """The steps of the checkpoints in a folder, ascending."""
    path = os.path.join(folder, "checkpoints")
    names = os.listdir(path) if os.path.isdir(path) else []
    return sorted(int(name[5:]) for name in names if name.startswith("step-") and name[5:].isdigit())


if __name__ == "__main__":
    main()
