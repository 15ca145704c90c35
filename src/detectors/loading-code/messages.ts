import type { DetectorMessage } from '../detector.ts';

const DO_NOT_LOAD = 'Do not load the file. Ask where it comes from, and get the weights in a format that holds no code, such as safetensors or ONNX.';
const ALLOW = 'Look up what it does when it is loaded. If it is yours and harmless, allow it in the policy: detectors.loading-code.allow.';

const DO_NOT_RENDER = 'Do not load the model with a program that renders its template. Ask where it comes from, and replace the template by the one of the original model.';

/** What the detector says. Severities are fixed: no content of a file lowers one. */
export const LOADING_CODE_MESSAGES = {
  'dangerous-call': {
    severity: 'critical', title: 'Loading calls something dangerous',
    text: 'In {place}, loading calls {name}, which {what} ({cwe}): {code}.', nextStep: DO_NOT_LOAD,
  },
  'dangerous-import': {
    severity: 'critical', title: 'Loading imports something dangerous',
    text: 'In {place}, loading imports {name}, which {what} ({cwe}): {code}.', nextStep: DO_NOT_LOAD,
  },
  'inner-attribute': {
    severity: 'critical', title: 'Loading reaches through the inside of Python objects',
    text: 'In {place}, loading takes {name}: names with two underscores lead from any object to all others (CWE-470): {code}.', nextStep: DO_NOT_LOAD,
  },
  'unlisted-call': {
    severity: 'high', title: 'Loading calls a function that no model needs',
    text: 'In {place}, loading calls {name} ({origin}), which is on no list of what model files need (CWE-502): {code}.', nextStep: DO_NOT_LOAD,
  },
  'unlisted-import': {
    severity: 'high', title: 'Loading imports from the standard library what no model needs',
    text: 'In {place}, loading imports {name} ({origin}), which is on no list of what model files need (CWE-502): {code}.', nextStep: DO_NOT_LOAD,
  },
  'unknown-class': {
    severity: 'medium', title: 'Loading uses a class or function that nobody vouches for',
    text: 'In {place}, loading uses {name} ({origin}), which is on no list (CWE-502): {code}.', nextStep: ALLOW,
  },
  'attribute-of-object': {
    severity: 'medium', title: 'Loading takes an attribute of an object',
    text: 'In {place}, loading takes {name} (CWE-470): {code}.', nextStep: ALLOW,
  },
  'computed-call': {
    severity: 'high', title: 'Loading calls or imports something under a computed name',
    text: 'In {place}, loading uses {name} as if it had been named (CWE-470): {code}.', nextStep: DO_NOT_LOAD,
  },
  'changed-import': {
    severity: 'high', title: 'Loading changes something that it imported, or how Python handles an object',
    text: 'In {place}, loading changes {name} (CWE-915): {code}.', nextStep: DO_NOT_LOAD,
  },
  'dangerous-bytecode': {
    severity: 'critical', title: 'A function in the file names something dangerous',
    text: 'In {place}, loading runs Python bytecode of the file that names {name}, which {what} ({cwe}, CVE-2024-3660): {code}.', nextStep: DO_NOT_LOAD,
  },
  'bytecode': {
    severity: 'high', title: 'Loading runs Python bytecode of the file',
    text: 'In {place}, loading runs a Python function whose bytecode is in the file (CWE-94, CVE-2024-3660; for .h5 files whatever safe_mode says, CVE-2025-9905): {code}.',
    nextStep: 'Do not load the file. Replace the Lambda layer by a layer of your own that is registered by name, or by what Keras has for it, and save the model again.',
  },
  'unreadable-bytecode': {
    severity: 'high', title: 'A function in the file cannot be taken apart',
    text: 'In {place}: {detail} Some version of Python may run it all the same (CWE-94, CVE-2024-3660).', nextStep: DO_NOT_LOAD,
  },
  'outside-path': {
    severity: 'critical', title: 'The model opens a file outside of itself',
    text: 'In {place}, {name} {what} {path}, which lies outside of the model (CWE-73, CWE-22): {code}.', nextStep: 'Do not run the model. Ask where it comes from, and get one that reads nothing but its own files.',
  },
  'network-address': {
    severity: 'critical', title: 'The model opens a connection',
    text: 'In {place}, {name} {what} {path}, an address in the network (CWE-918, CWE-200): {code}.', nextStep: 'Do not run the model. Ask where it comes from, and get one that connects to nothing.',
  },
  'dangerous-operator': {
    severity: 'critical', title: 'The graph has an operator that no model needs',
    text: 'In {place}, the operator {name} {what} ({cwe}): {code}.', nextStep: 'Do not run the model. Ask where it comes from, and export it again without this operator.',
  },
  'file-operator': {
    severity: 'high', title: 'The model reads or writes files by itself',
    text: 'In {place}, {name} {what} (CWE-73); the file is {path}: {code}.', nextStep: 'Do not run the model before you know why it needs that. Export it without reading and writing: files belong to the program around it.',
  },
  'unknown-operator': {
    severity: 'medium', title: 'An operator that nobody vouches for',
    text: 'In {place}, the graph uses the operator {name}, which is on no list of registered operators (CWE-829): {code}.',
    nextStep: 'Find out which library brings it, and what it does. If it is yours and harmless, allow it in the policy: detectors.loading-code.allow.',
  },
  'frame-divergence': {
    severity: 'high', title: 'Frames do not fit the opcodes',
    text: 'In {place}: {detail} Implementations of pickle read such a file differently (CWE-436).', nextStep: DO_NOT_LOAD,
  },
  'duplicate-protocol': {
    severity: 'high', title: 'The protocol is announced twice',
    text: 'In {place}: {detail} No pickler writes that; something was put into the file (CWE-506).', nextStep: DO_NOT_LOAD,
  },
  'extension-code': {
    severity: 'high', title: 'Loading imports by a number',
    text: 'In {place}: {detail} This is CWE-470.', nextStep: DO_NOT_LOAD,
  },
  'two-readings': {
    severity: 'high', title: 'Two loaders read two different things',
    text: 'In {place}: {detail} This is CWE-436.', nextStep: DO_NOT_LOAD,
  },
  'appended-archive': {
    severity: 'high', title: 'An archive is appended',
    text: 'In {place}: {detail} This is CWE-436.', nextStep: DO_NOT_LOAD,
  },
  'expansion': {
    severity: 'high', title: 'The value grows exponentially when it is used',
    text: 'In {place}: {detail} This is CWE-776.', nextStep: 'Do not load the file; it is made to use up memory or time.',
  },
  'invalid-operand': {
    severity: 'high', title: 'An opcode that every unpickler refuses',
    text: 'In {place}: {detail} What was done before has been done by then; the error keeps scanners from looking further (CWE-754).', nextStep: DO_NOT_LOAD,
  },
  'broken-stream': {
    severity: 'high', title: 'The file breaks after it has called something',
    text: 'In {place}: {detail} What was called before has been called by then (CWE-754).', nextStep: DO_NOT_LOAD,
  },
  'unusual-opcode': {
    severity: 'medium', title: 'An opcode sequence that no pickler writes',
    text: 'In {place}: {detail} A person or a tool put the file together.', nextStep: 'Find out which program wrote the file. Write it again from its source.',
  },
  'trailing-data': {
    severity: 'medium', title: 'Data behind the end',
    text: 'In {place}: {detail} Nobody knows who does read them.', nextStep: 'Find out what the data are; a second file hides there easily.',
  },
  'nested-pickle': {
    severity: 'medium', title: 'A pickle inside of a value',
    text: '{detail} A program that unpickles it runs what it says, out of sight of loaders that check names (CWE-502). It is {place}.',
    nextStep: 'Find out which program needs it. Keep objects as objects; a pickle in a pickle has no use for a model.',
  },
  'packed-pickle': {
    severity: 'high', title: 'A packed pickle inside of a value',
    text: '{detail} Models need no pickle that is hidden from those who look for one (CWE-506). It is {place}.',
    nextStep: DO_NOT_LOAD,
  },
  'template-escape': {
    severity: 'critical', title: 'A template leaves its sandbox',
    text: 'In {place}, rendering takes {name}, which leads from a text to Python’s functions and from there to any command (CWE-1336, as in CVE-2024-34359): {code}.', nextStep: DO_NOT_RENDER,
  },
  'template-computed': {
    severity: 'high', title: 'A template computes the name of an attribute',
    text: 'In {place}, rendering takes an attribute whose name it puts together first, {name}; that hides it from those who look for it (CWE-1336): {code}.', nextStep: DO_NOT_RENDER,
  },
  'template-include': {
    severity: 'high', title: 'A template loads another',
    text: 'In {place}, rendering loads another template with {name}; a chat template has none to load (CWE-98): {code}.', nextStep: DO_NOT_RENDER,
  },
  'template-unknown': {
    severity: 'medium', title: 'A template uses what neither Jinja nor transformers has',
    text: 'In {place}, rendering uses {name} ({origin}), which is on no list (CWE-829): {code}.', nextStep: 'Find out which program gives it to the template and what it does.',
  },
  'remote-code': {
    severity: 'medium', title: 'The model brings code of its own',
    text: 'In {place}, loading with trust_remote_code runs {name} ({origin}); nobody vouches for it (CWE-829): {code}.',
    nextStep: 'Read the code, pin it to a revision and gate it with the model, or use a model whose classes are in the library. If it is yours, allow it in the policy: detectors.loading-code.allow.',
  },
  'only-listed': {
    severity: 'info', title: 'Only listed names',
    text: 'All of the {count} different actions are on the lists.', nextStep: 'Nothing.',
  },
} as const satisfies Record<string, DetectorMessage>;

export type LoadingCodeMessage = keyof typeof LOADING_CODE_MESSAGES;
