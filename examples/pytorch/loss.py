"""Softmax cross-entropy over the catalogue, or over a sample of it, with its gradient made in the same pass: the logits
of one step never leave the processor's cache, which is half of the time of this training on a CPU."""

import torch


class Softmax(torch.autograd.Function):
    """Σ over counted positions of −s_y + log(e^{s_y} + (n − 1)/min(K, n − 1) Σ_k e^{s_k}), s = v·q + Σ_j a_j x_j and k over
    `chosen` without the target y and without what is not ranked. With all n items chosen this is the full softmax.

    v [T, B, W], q [n, W], a [T, B, J], target [T, B] (−1 in padding, which only follows a row's real positions; the rows
    stand longest first), chosen [K] rows of q, place [n] where an item stands among them (K: nowhere), columns
    (X: J tensors [T, B, K], x of the targets [T, B, J]) or None, banned [B, K + 1] True for what is not ranked at the first
    step or None, item [T, B] what is not ranked from that step on.
    """

    @staticmethod
    def forward(ctx, v, q, a, target, chosen, place, columns, banned, item):
        steps, size, n = v.shape[0], len(chosen), q.shape[0]
        weight = (n - 1) / min(size, n - 1)
        x, own_x = columns or ((), None)
        some = q[chosen]
        turned = some.t()
        dv, da, dsome = torch.zeros_like(v), torch.zeros_like(a), torch.zeros_like(some)
        real = target >= 0
        aims = (v * q[target.clamp(min=0)]).sum(-1)
        if x:
            used = a[..., -len(x) :]
            aims = aims + (used * own_x).sum(-1)
        over = torch.zeros_like(aims)
        total = 0.0
        nothing = torch.zeros(v.shape[1], size + 1, dtype=torch.bool, device=v.device)
        for t in range(steps):
            rows = int(real[t].sum())
            if rows == 0:
                break
            here, aim = v[t, :rows], aims[t, :rows, None]
            if banned is not None:
                banned[:rows].scatter_(1, place[item[t, :rows]][:, None], True)
            out = (nothing if banned is None else banned)[:rows].scatter(1, place[target[t, :rows]][:, None], True)
            logits = here @ turned
            for j, column in enumerate(x):
                logits.addcmul_(column[t, :rows], used[t, :rows, j : j + 1])
            logits.masked_fill_(out[:, :size], -torch.inf)
            peak = torch.maximum(logits.amax(1, keepdim=True), aim)
            p = logits.sub_(peak).exp_().mul_(weight)
            first = (aim - peak).exp_()
            mass = p.sum(1, keepdim=True) + first
            total += float((mass.log() + peak - aim).sum())
            p.div_(mass)
            over[t, :rows] = (first / mass).squeeze(1) - 1
            torch.mm(p, some, out=dv[t, :rows])
            dsome.addmm_(p.t(), here)
            for j, column in enumerate(x):
                da[t, :rows, j - len(x)] = torch.einsum("bk,bk->b", p, column[t, :rows])
        if x:
            da[..., -len(x) :] += over[..., None] * own_x
        flat = target[real]
        dq = torch.zeros_like(q).index_add_(0, chosen, dsome).index_add_(0, flat, over[real][:, None] * v[real])
        dv[real] += over[real][:, None] * q[flat]
        ctx.save_for_backward(dv, dq, da)
        return v.new_tensor(total)

    @staticmethod
    def backward(ctx, grad):
        dv, dq, da = ctx.saved_tensors
        return grad * dv, grad * dq, grad * da, None, None, None, None, None, None
