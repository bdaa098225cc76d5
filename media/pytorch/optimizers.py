"""AdamW and Muon over the groups of a recipe, the learning-rate schedule, and what a checkpoint keeps of both."""
import math

import torch


class Muon(torch.optim.Optimizer):
    """Muon (Jordan 2024) on matrices between hidden units: Nesterov momentum made nearly orthogonal, with the root mean
    square of an AdamW update (Liu et al. 2025, eq. 4). The blocks of a fused matrix are orthogonalised each on its own."""

    def __init__(self, groups, *, momentum, steps):
        super().__init__(groups, {"lr": 0.0, "weight_decay": 0.0, "blocks": 1, "momentum": momentum, "steps": steps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                state, gradient = self.state[parameter], parameter.grad
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(parameter)
                buffer = state["momentum_buffer"].mul_(group["momentum"]).add_(gradient)
                nesterov = gradient.add(buffer, alpha=group["momentum"])
                rows, columns = parameter.shape[0] // group["blocks"], parameter.shape[1]
                blocks = nesterov.view(group["blocks"], rows, columns)
                direction = _orthogonalize(blocks, group["steps"]).reshape(parameter.shape)
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(direction, alpha=-group["lr"] * 0.2 * math.sqrt(max(rows, columns)))


def _orthogonalize(stack, steps):
    """A quintic Newton-Schulz iteration on each matrix of a stack."""
    a, b, c = 3.4445, -4.775, 2.0315
    tall = stack.shape[1] > stack.shape[2]
    x = stack.transpose(1, 2) if tall else stack
    x = x / (x.square().sum((1, 2), keepdim=True).sqrt() + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.transpose(1, 2) if tall else x


def create_optimizers(config, named, specs):
    """The optimizers of a recipe over parameters by name; `specs` say which decay, which are matrices and their blocks."""
    muon = config["kind"] == "muon"
    decay = config["weightDecay"]
    matrices = [spec for spec in specs if muon and spec["matrix"]]
    others = [spec for spec in specs if not (muon and spec["matrix"])]
    groups = [
        {"params": [named[s["name"]] for s in others if s["decay"] == decays], "weight_decay": decay if decays else 0.0}
        for decays in (True, False)
    ]
    betas = (config["beta1"], config["beta2"])
    optimizers = [torch.optim.AdamW([g for g in groups if g["params"]], lr=0.0, betas=betas, eps=config["epsilon"])]
    if matrices:
        blocks = sorted({spec["blocks"] for spec in matrices})
        groups = [
            {"params": [named[s["name"]] for s in matrices if s["blocks"] == n], "blocks": n, "weight_decay": decay}
            for n in blocks
        ]
        optimizers.append(Muon(groups, momentum=config["momentum"], steps=config["newtonSchulzSteps"]))
    return optimizers


STATES = ("exp_avg", "exp_avg_sq", "momentum_buffer")


def state_arrays(optimizers, named):
    """What the optimizers keep, by parameter and PyTorch's name of the state."""
    arrays = {}
    for name, parameter in named.items():
        for optimizer in optimizers:
            for key in STATES:
                if key in optimizer.state.get(parameter, {}):
                    arrays[f"{name}.{key}"] = optimizer.state[parameter][key].float().cpu().numpy()
    return arrays


def restore_state(optimizers, named, arrays, steps):
    """Puts back what `state_arrays` gave after `steps` steps."""
    names = {parameter: name for name, parameter in named.items()}
    for optimizer in optimizers:
        for parameter in (parameter for group in optimizer.param_groups for parameter in group["params"]):
            kept = {key: arrays.get(f"{names[parameter]}.{key}") for key in STATES}
            state = optimizer.state[parameter]
            for key, array in kept.items():
                if array is not None:
                    state[key] = torch.from_numpy(array.copy()).to(parameter.device)
            if "exp_avg" in state:
                state["step"] = torch.tensor(float(steps))


def learning_rate_factor(schedule, step, fraction):
    """The share of the peak rate at `step`, from 0, with `fraction` of the budget spent: warm-up times fall."""
    warmup = 1.0 if schedule["warmupSteps"] == 0 else min(1.0, (step + 1) / schedule["warmupSteps"])
    floor = schedule["floor"]
    return warmup * (floor + (1 - floor) * _fall(schedule, min(1.0, max(0.0, fraction))))


def _fall(schedule, fraction):
    kind = schedule["kind"]
    if kind == "constant":
        return 1.0
    if kind == "linear":
        return 1 - fraction
    if kind == "cosine":
        return 0.5 * (1 + math.cos(math.pi * fraction))
    into = max(0.0, (fraction - (1 - schedule["decay"])) / schedule["decay"])
    return 1 - into if schedule["shape"] == "linear" else 1 - math.sqrt(into)


def spent_share(budget, steps, tokens, seconds):
    """The share of a budget of steps, tokens or minutes that is spent."""
    if "steps" in budget:
        return min(1.0, steps / budget["steps"])
    if "tokens" in budget:
        return min(1.0, tokens / budget["tokens"])
    return min(1.0, seconds / (budget["minutes"] * 60))
