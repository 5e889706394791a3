// The loops around PyTorch's and DeepSpeed's operators, so that no interpreter is timed.
#include <torch/extension.h>

int create_adam_optimizer(int, float, float, float, float, float, bool, bool);
int ds_adam_step(int, size_t, float, float, float, float, float, bool, at::Tensor&, at::Tensor&, at::Tensor&, at::Tensor&);

void fused(int64_t times, at::Tensor p, at::Tensor g, at::Tensor m, at::Tensor v, at::Tensor t) {
    at::NoGradGuard no_grad;
    for (int64_t i = 0; i < times; i++)
        at::_fused_adam_({p}, {g}, {m}, {v}, {}, {t}, 1e-3, 0.9, 0.999, 0.0, 1e-8, false, false);
}

void deepspeed(int64_t times, at::Tensor p, at::Tensor g, at::Tensor m, at::Tensor v) {
    for (int64_t i = 0; i < times; i++) ds_adam_step(0, 1000, 1e-3, 0.9, 0.999, 1e-8, 0.0, true, p, g, m, v);
}

PYBIND11_MODULE(TORCH_EXTENSION_NAME, module) {
    create_adam_optimizer(0, 1e-3, 0.9, 0.999, 1e-8, 0.0, false, false);
    module.def("fused", &fused);
    module.def("deepspeed", &deepspeed);
}
