export * from "dexie";
export { default } from "dexie";
