// The stand-alone server.
import { program } from './load.js';

await program.main();
