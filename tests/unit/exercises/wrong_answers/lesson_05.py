"""Typical wrong answers to the exercises of lesson 05, with the hint that each gets."""

BATCHES = "def minibatches(num_examples, batch_size, rng):\n    "
ORDER = BATCHES + "order = rng.permutation(num_examples)\n    "
STARTS = "for start in range(0, num_examples, batch_size)]"
MOMENTUM = (
    "def momentum_step(weights, velocity, gradient, learning_rate=0.01, momentum=0.9):\n"
    "    step = learning_rate * gradient\n    "
)
ADAM_HEAD = (
    "def adam_step(weights, mean, square, gradient, step,\n"
    "              learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):\n    "
)
ADAM = (
    ADAM_HEAD + "mean = beta_1 * mean + (1 - beta_1) * gradient\n"
    "    square = beta_2 * square + (1 - beta_2) * gradient**2\n"
    "    m, s = mean / (1 - beta_1**step), square / (1 - beta_2**step)\n    "
)
WARMUP = (
    "def warmup_cosine(step, num_steps, peak, warmup_steps):\n"
    "    if step < warmup_steps:\n        return peak * step / warmup_steps\n    "
)
DESCENT = WARMUP + "part = (step - warmup_steps) / (num_steps - warmup_steps)\n    "
DROPOUT = (
    "def dropout(activations, rate, rng, training):\n"
    "    if not training:\n        return activations\n    "
    "kept = rng.random(activations.shape) >= rate\n    "
)
NORM_HEAD = (
    "def batch_norm(inputs, gamma, beta, moving_mean, moving_variance, training,\n"
    "               momentum=0.99, epsilon=0.001):\n    "
)
NORM = (
    NORM_HEAD + "mean, variance = moving_mean, moving_variance\n"
    "    if training:\n        mean, variance = inputs.mean(axis=0), inputs.var(axis=0)\n"
    "        moving_mean = momentum * moving_mean + (1 - momentum) * mean\n"
    "        moving_variance = momentum * moving_variance + (1 - momentum) * variance\n    "
)
NORMALISED = (
    "return gamma * (inputs - mean) / np.sqrt(variance + epsilon) + beta, moving_mean, moving_variance"
)
STOP = (
    "def best_epoch(validation_losses, patience):\n    best, waited = 0, 0\n"
    "    for epoch, loss in enumerate(validation_losses):\n        "
)

WRONG_ANSWERS = {
    "05_training/minibatches": [
        (BATCHES + f"return [np.arange(num_examples)[start:start + batch_size] {STARTS}", "Shuffle first"),
        (
            BATCHES + f"batches = [np.arange(num_examples)[start:start + batch_size] {STARTS}\n"
            "    rng.shuffle(batches[:-1])\n    last = batches.pop()\n"
            "    rng.shuffle(batches)\n    return [*batches, last]",
            "not only the batches",
        ),
        (
            ORDER + "return [order[i * batch_size:(i + 1) * batch_size]"
            " for i in range(num_examples // batch_size)]",
            "they belong to the epoch",
        ),
        (
            ORDER + "return [order[start:start + batch_size]"
            " for start in range(0, num_examples + 1, batch_size)]",
            "The last batch is empty",
        ),
        (ORDER + "return np.array_split(order, batch_size)", "not the number of batches"),
        (ORDER + "return order", "in a list"),
        (
            BATCHES
            + f"return [rng.integers(num_examples, size=min(batch_size, num_examples - start)) {STARTS}",
            "came up twice",
        ),
        (
            BATCHES + "order = 1 + rng.permutation(num_examples)\n"
            f"    return [order[start:start + batch_size] {STARTS}",
            "Indices begin at 0",
        ),
        (
            BATCHES + "order = np.random.permutation(num_examples)\n"
            f"    return [order[start:start + batch_size] {STARTS}",
            "from the generator that is handed over",
        ),
        (
            BATCHES + "order = np.random.default_rng(0).permutation(num_examples)\n"
            f"    return [order[start:start + batch_size] {STARTS}",
            "make none inside",
        ),
        (
            BATCHES + "order = np.roll(np.arange(num_examples), rng.integers(num_examples))\n"
            f"    return [order[start:start + batch_size] {STARTS}",
            "each order must be as likely",
        ),
    ],
    "05_training/momentum_step": [
        (
            MOMENTUM + "velocity = momentum * velocity + step\n    return weights + velocity, velocity",
            "Downhill",
        ),
        (
            MOMENTUM + "velocity = momentum * velocity - gradient\n    return weights + velocity, velocity",
            "learning rate included",
        ),
        (
            MOMENTUM + "velocity = momentum * velocity + gradient\n"
            "    return weights - learning_rate * velocity, velocity",
            "Keras puts it into the velocity",
        ),
        (
            MOMENTUM + "velocity = momentum * (velocity - step)\n    return weights + velocity, velocity",
            "Only the old velocity",
        ),
        (MOMENTUM + "return weights - step, -step", "A share of it is kept"),
        (
            MOMENTUM + "velocity = velocity - step\n    return weights + velocity, velocity",
            "Nothing brakes",
        ),
        (MOMENTUM + "return weights + velocity, momentum * velocity - step", "the new velocity"),
        (
            MOMENTUM + "velocity = momentum * velocity - step\n    return weights - velocity, velocity",
            "add it",
        ),
        (
            MOMENTUM + "velocity = momentum * velocity - step\n"
            "    return weights + momentum * velocity - step, velocity",
            "Nesterov",
        ),
        (
            MOMENTUM + "velocity *= momentum\n    velocity -= step\n    return weights + velocity, velocity",
            "copy",
        ),
        (
            MOMENTUM + "velocity = momentum * velocity - step\n    return velocity, weights + velocity",
            "The order is weights, velocity",
        ),
        (
            MOMENTUM.replace("0.9", "0.8") + "velocity = momentum * velocity - step\n"
            "    return weights + velocity, velocity",
            "Without settings",
        ),
    ],
    "05_training/adam_step": [
        (
            ADAM + "return weights - learning_rate * mean / (np.sqrt(square) + epsilon), mean, square",
            "too small at first",
        ),
        (
            ADAM + "return weights - learning_rate * m / (np.sqrt(square) + epsilon), mean, square",
            "squares is corrected as well",
        ),
        (
            ADAM + "return weights - learning_rate * mean / (np.sqrt(s) + epsilon), mean, square",
            "The mean is corrected as well",
        ),
        (ADAM + "return weights - learning_rate * m / (np.sqrt(s) + epsilon), m, s", "for the step only"),
        (ADAM + "return weights - learning_rate * m / (s + epsilon), mean, square", "Divide by the root"),
        (ADAM + "return weights + learning_rate * m / (np.sqrt(s) + epsilon), mean, square", "Downhill"),
        (ADAM + "return weights - learning_rate * m / np.sqrt(s), mean, square", "epsilon prevents it"),
        (ADAM + "return weights - learning_rate * m / np.sqrt(s + epsilon), mean, square", "not under it"),
        (
            ADAM.replace("**step", "**(step + 1)")
            + "return weights - learning_rate * m / (np.sqrt(s) + epsilon), mean, square",
            "exponent as it is",
        ),
        (
            ADAM.replace("gradient**2", "gradient")
            + "return weights - learning_rate * m / (np.sqrt(s) + epsilon), mean, square",
            "Average the square",
        ),
        (
            ADAM.replace("beta_1 * mean + (1 - beta_1)", "(1 - beta_1) * mean + beta_1")
            + "return weights - learning_rate * m / (np.sqrt(s) + epsilon), mean, square",
            "large share",
        ),
    ],
    "05_training/warmup_cosine": [
        (
            "def warmup_cosine(step, num_steps, peak, warmup_steps):\n"
            "    return peak * (1 + np.cos(np.pi * step / num_steps)) / 2",
            "begins at a rate of 0",
        ),
        (WARMUP.replace("/ warmup_steps", "/ num_steps") + "return peak", "not all the steps"),
        (
            WARMUP.replace("* step", "* (step + 1)") + "return peak",
            "begins at a rate of 0",
        ),
        (WARMUP + "return peak * (1 + np.cos(np.pi * step / num_steps)) / 2", "count its steps from there"),
        (
            WARMUP + "return peak * (1 + np.cos(np.pi * (step - warmup_steps) / num_steps)) / 2",
            "`num_steps - warmup_steps` steps",
        ),
        (DESCENT + "return peak * (1 - part)", "a straight line down"),
        (DESCENT + "return peak * np.cos(np.pi * part)", "add 1 and halve it"),
        (DESCENT + "return peak * np.cos(np.pi * part / 2)", "half a wave"),
        (
            "def warmup_cosine(step, num_steps, peak, warmup_steps):\n"
            "    rise = peak * step / warmup_steps\n"
            "    part = (step - warmup_steps) / (num_steps - warmup_steps)\n"
            "    return rise if step < warmup_steps else peak * (1 + np.cos(np.pi * part)) / 2",
            "divided by zero",
        ),
    ],
    "05_training/dropout": [
        (DROPOUT + "return activations * kept", "divide by 1 − rate"),
        (DROPOUT + "return activations * kept / rate", "not by the rate"),
        (DROPOUT + "return activations * kept * (1 - rate)", "divide, don't multiply"),
        (DROPOUT.replace(">=", "<") + "return activations * kept / rate", "not the share that stays"),
        (
            DROPOUT.replace("return activations\n", "return activations * (1 - rate)\n")
            + "return activations * kept",
            "made larger during training",
        ),
        (
            "def dropout(activations, rate, rng, training):\n"
            "    return activations * (rng.random(activations.shape) >= rate) / (1 - rate)",
            "When predicting, nothing is dropped",
        ),
        (
            DROPOUT.replace("activations.shape", "activations.shape[1]")
            + "return activations * kept / (1 - rate)",
            "Draw for every element",
        ),
        (DROPOUT + "activations[~kept] = 0\n    return activations / (1 - rate)", "copy"),
        (
            DROPOUT.replace("rng.random", "np.random.random") + "return activations * kept / (1 - rate)",
            "from the generator that is handed over",
        ),
        (
            DROPOUT.replace("rng.random", "np.random.default_rng(0).random")
            + "return activations * kept / (1 - rate)",
            "make none inside",
        ),
        (DROPOUT + "return activations", "nothing dropped out"),
        (
            DROPOUT + "blocks = activations.reshape(-1, 10)\n"
            "    kept = rng.random((len(blocks), 1)) >= rate\n"
            "    return (blocks * kept / (1 - rate)).reshape(activations.shape)",
            "must not share their fate",
        ),
        (
            DROPOUT + "half = kept[: len(kept) // 2]\n"
            "    return activations * np.concatenate([half, half]) / (1 - rate)",
            "a mask of its own",
        ),
        (
            DROPOUT + "shares = np.linspace(0, 1, activations.size, endpoint=False)\n"
            "    kept = rng.permutation(shares).reshape(activations.shape) >= rate\n"
            "    return activations * kept / (1 - rate)",
            "Do not fix how many drop out",
        ),
        (DROPOUT + "return activations * kept * 1.25", "should have grown 1.53846 times"),
    ],
    "05_training/batch_norm": [
        (
            (NORM + NORMALISED).replace("axis=0", "axis=1, keepdims=True"),
            "over the batch: axis 0",
        ),
        (
            (NORM + NORMALISED).replace("var(axis=0)", "var(axis=0, ddof=1)"),
            "not by one less",
        ),
        (
            (NORM + NORMALISED).replace("np.sqrt(variance + epsilon)", "(np.sqrt(variance) + epsilon)"),
            "under the root",
        ),
        (
            (NORM + NORMALISED).replace("np.sqrt(variance + epsilon)", "(variance + epsilon)"),
            "root of the variance",
        ),
        ((NORM + NORMALISED).replace("gamma * ", "").replace("+ beta", ""), "gamma and shift by beta"),
        (
            (NORM + NORMALISED)
            .replace("momentum * moving", "(1 - momentum) * moving")
            .replace("(1 - momentum) * mean", "momentum * mean"),
            "The old average has the large share",
        ),
        ((NORM + NORMALISED).replace("if training", "if not training"), "In training the batch's own"),
        ((NORM + NORMALISED).replace("if training", "if True"), "must not depend on the other examples"),
        (
            NORM_HEAD + "mean, variance = inputs.mean(axis=0), inputs.var(axis=0)\n    " + NORMALISED,
            "take in a share",
        ),
    ],
    "05_training/best_epoch": [
        (
            "def best_epoch(validation_losses, patience):\n"
            "    best = int(np.argmin(validation_losses))\n"
            "    return best, min(best + patience, len(validation_losses) - 1)",
            "training has stopped already",
        ),
        (
            STOP + "if loss < validation_losses[best]:\n            best = epoch\n"
            "        elif epoch - best >= patience:\n            return epoch, epoch\n    return best, epoch",
            "not the one at which training stopped",
        ),
        (
            STOP + "if loss < validation_losses[best]:\n            best = epoch\n"
            "        elif epoch - best > patience:\n            return best, epoch\n    return best, epoch",
            "training has stopped already",
        ),
        (
            STOP + "if loss < validation_losses[best]:\n            best = epoch\n"
            "        elif epoch - best + 1 >= patience:\n            return best, epoch\n    return best, epoch",
            "the third one ends it",
        ),
        (
            STOP + "if loss < validation_losses[best]:\n            best = epoch\n"
            "        elif epoch - best >= patience:\n            return best, epoch",
            "`return` missing",
        ),
        (
            STOP + "if epoch and loss >= validation_losses[epoch - 1]:\n            waited += 1\n"
            "        else:\n            waited = 0\n"
            "        if loss < validation_losses[best]:\n            best = epoch\n"
            "        if waited == patience:\n            return best, epoch\n    return best, epoch",
            "not with the epoch before",
        ),
        (
            STOP + "if epoch == 0 or loss < validation_losses[best]:\n            best = epoch\n"
            "        else:\n            waited += 1\n"
            "        if waited == patience:\n            return best, epoch\n    return best, epoch",
            "starts the count anew",
        ),
        (
            STOP + "if loss <= validation_losses[best]:\n            best = epoch\n"
            "        elif epoch - best >= patience:\n            return best, epoch\n    return best, epoch",
            "no improvement",
        ),
    ],
}
