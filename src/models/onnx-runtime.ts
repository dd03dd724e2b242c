// The builds of ONNX Runtime from 1.29 on tell Microsoft of each model that they load, unless this stands in the
// environment before they load the first.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

export { InferenceSession, Tensor } from 'onnxruntime-node';
