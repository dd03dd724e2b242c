// The builds of ONNX Runtime from 1.29 on tell Microsoft of each model that they load, unless this stands in the
// environment before they load the first.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

import { InferenceSession as Session } from 'onnxruntime-node';
import { takeTurn } from './run-order.ts';

export { Tensor } from 'onnxruntime-node';
export type InferenceSession = Session;

/** ONNX Runtime's sessions, whose runs take turns in this thread. */
export const InferenceSession = {
  async create(model: string | Uint8Array, options: Session.SessionOptions = {}): Promise<Session> {
    const session =
      typeof model === 'string' ? await Session.create(model, options) : await Session.create(model, options);
    const run = session.run.bind(session) as (...given: unknown[]) => Promise<Session.ReturnType>;
    session.run = (...given: unknown[]) => takeTurn(() => run(...given));
    return session;
  },
};
