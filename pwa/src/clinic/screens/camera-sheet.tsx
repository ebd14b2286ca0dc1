/** Which camera: cheap telephones often offer the wrong one first, so the choice is remembered. */
import type { VNode } from "preact";
import type { CameraChoice } from "../../device/camera";
import { ListItem, Sheet } from "../../ui";
import { panel } from "../state";
import { t } from "../words";

export interface CameraSheetProps {
  choices: readonly CameraChoice[];
  onChoose: (deviceId: string) => void;
}

export function CameraSheet({ choices, onChoose }: CameraSheetProps): VNode {
  const close = (): void => {
    panel.value = null;
  };
  return (
    <Sheet title={t("scan-camera-title")} open={panel.value === "camera"} onClose={close}>
      <ul class="list">
        {choices.map(({ deviceId, label }, index) => (
          <li key={deviceId}>
            <ListItem
              icon="camera"
              title={label === "" ? t("scan-camera-unnamed", { number: index + 1 }) : label}
              onClick={() => {
                onChoose(deviceId);
                close();
              }}
            />
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
