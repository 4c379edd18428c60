import { Option } from 'commander';

/** Every command that answers with data takes it. */
export const jsonOption = () => new Option('--json', 'one JSON document on standard output');
