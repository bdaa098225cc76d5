import "../host/jitless.ts";
import { RecipeGallery } from "./panel.ts";

new RecipeGallery();
