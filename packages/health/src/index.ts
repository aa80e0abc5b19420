export type { SecretText } from './secret-text.ts';
export type {
  CommandProbe,
  HttpExpectation,
  HttpProbe,
  JsonValue,
  Network,
  Probe,
  StatusRange,
  Target,
  TcpProbe,
  TlsProbe,
  Witness,
} from './target.ts';
