export {
  ANSWER_ADDRESS,
  type AnswerOptions,
  answerTo,
  bareAnswerTo,
  type DesignatedPort,
  DOT_ONLY_ADDRESS,
  FORGED_ADDRESS,
  type RcodeName,
  rcodes,
} from './answers.js';
export { type TestCertificate, testCa, testCertificates } from './certificate.js';
export { type ClientHello, parseClientHello } from './client-hello.js';
export { type FaultServer, type FaultServerOptions, startFaultServer } from './fault-server.js';
export type { AnswerFault, ClearFault, Fault, FaultSettings, FlowFault, TcpFault, TlsFault } from './faults.js';
export { type Fleet, type FleetOptions, type FleetSpec, startFleet } from './fleet.js';
export type { DotConnection, FaultCounters, Handshake, ReceivedQuery } from './journal.js';
export { type ParsedQuery, parseQuery, type ReceivedEdns } from './query.js';
export type { ZoneBehaviour } from './responder.js';
export type { Script, ScriptedCall, ScriptOptions } from './scripted.js';
export {
  type ScriptedAnswer,
  ScriptedExchange,
  type ScriptedExchangeOptions,
  type ScriptedMessage,
} from './scripted-exchange.js';
export { type ScriptedProbe, ScriptedProber } from './scripted-prober.js';
export type { FleetPlan, ServerKind } from './simulation/fleet-plans.js';
export { fleetPlans } from './simulation/fleet-plans.js';
export type { LoggedWay, LogLine } from './simulation/log-writer.js';
export { parseFleetPlan } from './simulation/parse-fleet-plan.js';
export type { SimulationCounts, SimulationResult, SimulationSample } from './simulation/result.js';
export type { SimulationOptions } from './simulation/simulate.js';
export { simulate } from './simulation/simulate.js';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.js';
