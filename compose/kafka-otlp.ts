export { otlpProtoCodec } from '../adapters/codecs/otlp-proto.ts'
export { splitJson, splitProto, type SplitRequest } from '../adapters/otlp/split-request.ts'
